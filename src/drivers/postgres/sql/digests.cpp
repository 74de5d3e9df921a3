#include "drivers/postgres/sql/digests.h"

#include <algorithm>

#include "drivers/postgres/sql/ranges_sql.h"
#include "drivers/postgres/sql/row_hash.h"
#include "model/int64_key.h"

namespace sideband {
namespace {

// Functions nested deeper than this are not asked of a server.
constexpr std::size_t kMaxColumns = 200;
// Samples for each part: taken at random, single ones would be too uneven.
constexpr std::size_t kSamples = 4;

// `parts` equal steps between two whole numbers.
std::vector<std::string> steps_between(std::int64_t low, std::int64_t high, std::size_t parts) {
  std::vector<std::string> keys;
  const auto first = static_cast<std::uint64_t>(low);
  const std::uint64_t width = static_cast<std::uint64_t>(high) - first;
  const std::uint64_t step = std::max<std::uint64_t>(width / parts, 1);
  for (std::uint64_t i = 1; i < parts && i <= width / step; ++i) {
    keys.push_back(std::to_string(static_cast<std::int64_t>(first + i * step)));
  }
  return keys;
}

Result<std::vector<std::string>> split_numbers(PgConnection& connection, const PgShape& shape,
                                               std::size_t parts, const Deadline& deadline) {
  const std::string key = shape.key().compared_sql();
  SB_ASSIGN(const PgAnswer answer, connection.query("select min(" + key + ")::int8, max(" + key +
                                                        ")::int8" + shape.from_sql(),
                                                    {}, deadline));
  if (answer.rows() != 1 || answer.value(0, 0).null) return std::vector<std::string>();
  return steps_between(answer.integer(0, 0), answer.integer(0, 1), parts);
}

// Keys taken at random, as many as the planner's idea of the number of rows allows.
Result<std::vector<std::string>> split_samples(PgConnection& connection, const PgShape& shape,
                                               std::size_t parts, double rows,
                                               const Deadline& deadline) {
  const auto wanted = static_cast<double>(kSamples * parts);
  const std::int64_t millionths =
      std::max<std::int64_t>(static_cast<std::int64_t>(wanted / std::max(rows, 1.0) * 1e6), 1);
  PgParams params;
  params.integer(millionths).integer(static_cast<std::int64_t>(4 * kSamples * parts));
  SB_ASSIGN(const PgAnswer answer,
            connection.query("select " + shape.key().sent_names() + " from (select " +
                                 shape.key().sent_sql() + shape.from_sql() + " where not (" +
                                 shape.key().null_sql() +
                                 ") and random() * 1000000 < $1::int8 limit $2::int8) x order by " +
                                 shape.key().sent_order(),
                             params, deadline));
  std::vector<std::string> keys;
  for (int i = kSamples; i < answer.rows(); i += kSamples) {
    SB_ASSIGN(std::string key, shape.key().text(answer, i, 0));
    if (keys.empty() || keys.back() != key) keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::vector<std::string>> split_whole(PgConnection& connection, const PgShape& shape,
                                             const SplitRequest& request,
                                             const Deadline& deadline) {
  SB_ASSIGN(const PgEstimate estimate,
            pg_estimate(connection, "select 1" + shape.from_sql(), deadline));
  const auto parts =
      static_cast<std::size_t>(std::clamp(estimate.rows / static_cast<double>(request.items_each),
                                          1.0, static_cast<double>(request.max_parts)));
  const auto& columns = shape.key().columns();
  if (columns.size() == 1 && columns.front().form == PgForm::kInteger) {
    return split_numbers(connection, shape, parts, deadline);
  }
  return split_samples(connection, shape, parts, estimate.rows, deadline);
}

}  // namespace

Result<PgDigests> PgDigests::describe(PgConnection& connection, const PgShape& shape,
                                      const Deadline& deadline) {
  PgDigests digests;
  const std::string encoding = connection.server_encoding();
  if (shape.columns().size() > kMaxColumns || encoding != "UTF8") return digests;
  const auto probe = connection.query(pg_row_hash_probe(), {}, deadline);
  if (!probe && !connection.fit()) return probe.error();
  if (!probe || probe->rows() != 1) return digests;
  digests.name_ =
      "postgres-2 " + encoding + " " + probe->text(0, 0) + " " + pg_row_hash_name(shape);
  digests.hash_ = pg_row_hash(shape);
  return digests;
}

Result<std::vector<RangeDigest>> PgDigests::ranges(PgConnection& connection, const PgShape& shape,
                                                   const DigestRequest& request,
                                                   const Deadline& deadline) const {
  std::vector<RangeDigest> digests(request.ranges.size(), RangeDigest{true, 0, "0"});
  if (request.ranges.empty()) return digests;
  SB_ASSIGN(const PgRangesSql sums,
            pg_range_sums_sql(connection, shape, request.ranges, hash_,
                              static_cast<std::int64_t>(request.seed), deadline));
  SB_ASSIGN(const PgAnswer answer, connection.query("select i::int8, n, s::text from " + sums.from,
                                                    sums.params, deadline));
  for (int row = 0; row < answer.rows(); ++row) {
    const auto number = static_cast<std::uint64_t>(answer.integer(row, 0));
    if (number < 1 || number > digests.size()) {
      return Error::corrupt("PostgreSQL answered for a range that was not asked for");
    }
    const std::int64_t items = answer.integer(row, 1);
    if (items != 0) digests[number - 1] = {true, items, answer.text(row, 2)};
  }
  return digests;
}

Result<std::vector<Item>> PgDigests::items(PgConnection& connection, const PgShape& shape,
                                           const DigestRequest& request,
                                           const Deadline& deadline) const {
  std::vector<Item> items;
  if (request.ranges.empty()) return items;
  const PgKey& key = shape.key();
  SB_ASSIGN(const PgRangesSql rows,
            pg_ranges_sql(connection, shape, request.ranges, key.sent_sql() + ", " + hash_ + " h",
                          static_cast<std::int64_t>(request.seed), deadline));
  SB_ASSIGN(const PgAnswer answer,
            connection.query("select " + key.sent_names() + ", h from " + rows.from + " where " +
                                 key.row_sql("k") + " is not null order by " + key.sent_order(),
                             rows.params, deadline));
  items.reserve(static_cast<std::size_t>(answer.rows()));
  for (int row = 0; row < answer.rows(); ++row) {
    SB_ASSIGN(std::string text, key.text(answer, row, 0));
    items.push_back(
        {std::move(text), State::of_bytes(answer.text(row, static_cast<int>(key.size())))});
  }
  return items;
}

Result<std::vector<std::vector<std::string>>> PgDigests::split(PgConnection& connection,
                                                               const PgShape& shape,
                                                               const SplitRequest& request,
                                                               const Deadline& deadline) const {
  std::vector<std::vector<std::string>> parts(request.ranges.size());
  if (request.ranges.empty()) return parts;
  if (request.ranges.front().whole()) {
    SB_ASSIGN(parts.front(), split_whole(connection, shape, request, deadline));
    return parts;
  }
  const PgKey& columns = shape.key();
  SB_ASSIGN(const PgRangesSql rows,
            pg_ranges_sql(connection, shape, request.ranges, columns.sent_sql(),
                          static_cast<std::int64_t>(request.items_each), deadline));
  SB_ASSIGN(
      const PgAnswer answer,
      connection.query("select i::int8, " + columns.sent_names() + " from (select i, " +
                           columns.sent_names() + ", row_number() over (partition by i order by " +
                           columns.sent_order() + ") n from " + rows.from + " where " +
                           columns.row_sql("k") + " is not null" +
                           ") y where n > 1 and (n - 1) % $1 = 0 order by i, n",
                       rows.params, deadline));
  for (int row = 0; row < answer.rows(); ++row) {
    const auto number = static_cast<std::uint64_t>(answer.integer(row, 0));
    if (number < 1 || number > parts.size()) {
      return Error::corrupt("PostgreSQL answered for a range that was not asked for");
    }
    std::vector<std::string>& keys = parts[number - 1];
    SB_ASSIGN(std::string key, columns.text(answer, row, 1));
    const bool fresh = keys.empty() || keys.back() != key;
    if (fresh && keys.size() + 1 < request.max_parts) keys.push_back(std::move(key));
  }
  return parts;
}

}  // namespace sideband
