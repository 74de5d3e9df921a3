#include "drivers/postgres/sql/ranges_sql.h"

#include <algorithm>
#include <charconv>

namespace sideband {
namespace {

// So many ranges speak for all of them.
constexpr std::size_t kLookedUp = 3;
// What it costs to find a row's range among thousands and to group by it, in the planner's units:
// about as much as 15 rows of a sequential scan.
constexpr double kCostOfFinding = 0.15;

// The number behind `word`, up to the next character that is none.
double number_behind(const std::string& text, const std::string& word) {
  const std::size_t at = text.find(word);
  double value = 0;
  if (at == std::string::npos) return value;
  const char* begin = text.data() + at + word.size();
  std::from_chars(begin, text.data() + text.size(), value);
  return value;
}

bool touch(const KeyRange& left, const KeyRange& right) {
  return left.below && right.from && *left.below == *right.from;
}

// Ranges that touch are one.
std::vector<KeyRange> merged(const std::vector<KeyRange>& ranges) {
  std::vector<KeyRange> out;
  for (const KeyRange& range : ranges) {
    if (!out.empty() && touch(out.back(), range)) {
      out.back().below = range.below;
    } else {
      out.push_back(range);
    }
  }
  return out;
}

class Builder {
 public:
  Builder(PgConnection& connection, const PgShape& shape, const std::vector<KeyRange>& ranges,
          std::string list, std::int64_t first)
      : connection_(connection),
        shape_(shape),
        ranges_(ranges),
        merged_(merged(ranges)),
        list_(std::move(list)) {
    out_.params.integer(first);
  }

  // Whether looking each range up costs less than reading on from the first to the last.
  Result<bool> index_is_cheaper(const Deadline& deadline) {
    if (ranges_.size() < 2) return false;
    double one = 0;
    for (std::size_t i = 1; i <= kLookedUp; ++i) {
      const KeyRange& range = ranges_.at(i * (ranges_.size() - 1) / (kLookedUp + 1));
      SB_ASSIGN(const PgEstimate its, estimate(range, deadline));
      one = std::max(one, its.cost);
    }
    SB_ASSIGN(const PgEstimate all, estimate(span(), deadline));
    return one * static_cast<double>(ranges_.size()) < all.cost + kCostOfFinding * all.rows;
  }

  // A range is open above only if it is the last: it is a part of its own. OFFSET keeps the planner
  // from turning the join around, where each row would be compared with each range.
  PgRangesSql by_index() {
    const PgKey& key = shape_.key();
    PgKeyArrays from(key);
    PgKeyArrays below(key);
    std::string rest;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      if (!ranges_[i].below) {
        rest = " union all select " + std::to_string(i + 1) + ", " + list_ + shape_.from_sql() +
               shape_.where_sql(connection_, ranges_[i]);
        continue;
      }
      from.add(ranges_[i].from.value_or(key.lowest()));
      below.add(*ranges_[i].below);
    }
    const int second = add_arrays(from, 2);
    add_arrays(below, second);
    out_.from = "(select r.i, d.* from unnest(" + key.arrays_sql(2) + ", " +
                key.arrays_sql(second) + ") with ordinality r(" + key.names("lo") + ", " +
                key.names("hi") + ", i) cross join lateral (select " + list_ + shape_.from_sql() +
                " where " + key.compared_sql() + " >= " + key.row_sql("r.lo") + " and " +
                key.compared_sql() + " < " + key.row_sql("r.hi") + " offset 0) d" + rest + ") x";
    return std::move(out_);
  }

  // As by_index and by_scan, with rows summed up. Where they are grouped, only two numbers of each
  // are left by then: OFFSET keeps the planner from sorting whole rows.
  PgRangesSql sums(bool by_index_scans) {
    if (by_index_scans) {
      list_ = "count(*) n, sum(" + list_ + ") s";
      return by_index();
    }
    list_ += " h";
    PgRangesSql rows = by_scan();
    rows.from =
        "(select i, count(*) n, sum(h) s from " + rows.from + " where i is not null group by i) y";
    return rows;
  }

  // A row's range is the number of ranges that begin at its key or before; between the bounds of
  // the merged ranges, an odd number of bounds is inside.
  PgRangesSql by_scan() {
    const PgKey& key = shape_.key();
    PgKeyArrays begins(key);
    PgKeyArrays bounds(key);
    for (const KeyRange& range : ranges_) begins.add(range.from.value_or(key.lowest()));
    for (const KeyRange& range : merged_) {
      bounds.add(range.from.value_or(key.lowest()));
      if (range.below) bounds.add(*range.below);
    }
    const int second = add_arrays(begins, 2);
    out_.from = "(select width_bucket(" + key.typed_sql() + ", " + key.typed_array_sql(2) +
                ") i, " + list_ + shape_.from_sql();
    const std::string where = shape_.where_sql(connection_, span());
    out_.from += where;
    if (merged_.size() > 1) {
      add_arrays(bounds, second);
      out_.from += where.empty() ? " where " : " and ";
      out_.from +=
          "width_bucket(" + key.typed_sql() + ", " + key.typed_array_sql(second) + ") % 2 = 1";
    }
    out_.from += " offset 0) x";
    return std::move(out_);
  }

 private:
  [[nodiscard]] KeyRange span() const { return {ranges_.front().from, ranges_.back().below}; }

  Result<PgEstimate> estimate(const KeyRange& range, const Deadline& deadline) {
    return pg_estimate(connection_,
                       "select q.*" + shape_.from_sql() + shape_.where_sql(connection_, range),
                       deadline);
  }

  // The number of the parameter behind these, whose first one is `first`.
  int add_arrays(const PgKeyArrays& arrays, int first) {
    arrays.put(out_.params);
    return first + static_cast<int>(shape_.key().size());
  }

  PgConnection& connection_;
  const PgShape& shape_;
  const std::vector<KeyRange>& ranges_;
  const std::vector<KeyRange> merged_;
  std::string list_;
  PgRangesSql out_;
};

}  // namespace

Result<PgRangesSql> pg_ranges_sql(PgConnection& connection, const PgShape& shape,
                                  const std::vector<KeyRange>& ranges, const std::string& list,
                                  std::int64_t first, const Deadline& deadline) {
  for (const KeyRange& range : ranges) SB_TRY(shape.check(range));
  Builder builder(connection, shape, ranges, list, first);
  SB_ASSIGN(const bool by_index, builder.index_is_cheaper(deadline));
  return by_index ? builder.by_index() : builder.by_scan();
}

Result<PgRangesSql> pg_range_sums_sql(PgConnection& connection, const PgShape& shape,
                                      const std::vector<KeyRange>& ranges, const std::string& value,
                                      std::int64_t first, const Deadline& deadline) {
  for (const KeyRange& range : ranges) SB_TRY(shape.check(range));
  Builder builder(connection, shape, ranges, value, first);
  SB_ASSIGN(const bool by_index, builder.index_is_cheaper(deadline));
  return builder.sums(by_index);
}

Result<PgEstimate> pg_estimate(PgConnection& connection, const std::string& sql,
                               const Deadline& deadline) {
  SB_ASSIGN(const PgAnswer answer, connection.query("explain " + sql, {}, deadline));
  if (answer.rows() == 0) return Error::corrupt("PostgreSQL explained nothing");
  // "Seq Scan on prices  (cost=0.00..22.70 rows=1270 width=36)"
  const std::string line = answer.text(0, 0);
  const std::size_t costs = std::min(line.find("cost="), line.size());
  return PgEstimate{number_behind(line.substr(costs), ".."), number_behind(line, "rows=")};
}

}  // namespace sideband
