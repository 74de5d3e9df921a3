#include "store/postgres/row_batches.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/binary_lists.h"

namespace sideband {
namespace {

// What waits is sent at these sizes: the server then works on it while functions go on, and neither
// side holds long lists.
constexpr std::size_t kMaxRows = 128, kMaxBytes = std::size_t{1} << 18U;

std::string column(std::size_t number) {
  return "given.p" + std::to_string(number);
}

// "$1, $2, ...", or what `each` makes of the numbers.
template <class Each>
std::string listed(std::size_t count, Each each) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) text += (i == 1 ? "" : ", ") + each(i);
  return text;
}

// Each parameter as a column.
std::string with_columns(std::string_view sql) {
  std::string text;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql[at] != '$') {
      text += sql[at];
      continue;
    }
    std::size_t number = 0;
    for (; at + 1 < sql.size() && sql[at + 1] >= '0' && sql[at + 1] <= '9'; ++at) {
      number = number * 10 + static_cast<std::size_t>(sql[at + 1] - '0');
    }
    text += column(number);
  }
  return text;
}

// The first one that the statement names.
std::string table_of(std::string_view sql) {
  for (const std::string_view before : {"INSERT INTO ", "UPDATE ", "FROM "}) {
    const auto at = sql.find(before);
    if (at == std::string_view::npos) continue;
    sql.remove_prefix(at + before.size());
    return std::string(sql.substr(0, sql.find(' ')));
  }
  return {};
}

std::string row_id(std::string_view table, std::string_view row) {
  return std::string(table) + '/' + std::string(row);
}

void add_element(const Param& param, std::string& out) {
  if (param.kind == Param::Kind::kInteger) {
    add_big_endian(out, 8, 4);
    add_big_endian(out, static_cast<std::uint64_t>(param.integer), 8);
    return;
  }
  add_big_endian(out, param.bytes.size(), 4);
  out += param.bytes;
}

}  // namespace

std::string for_many_rows(std::string_view sql, std::size_t params) {
  const std::string given =
      "unnest(" + listed(params, [](std::size_t i) { return "$" + std::to_string(i); }) +
      ") AS given(" + listed(params, [](std::size_t i) { return "p" + std::to_string(i); }) + ")";
  std::string text = with_columns(sql);
  const std::string values = " VALUES (" + listed(params, column) + ")";
  if (const auto at = text.find(values); at != std::string::npos) {
    return text.replace(at, values.size(), " SELECT * FROM " + given);
  }
  const auto where = text.find(" WHERE ");
  SB_CHECK(where != std::string::npos);
  return text.insert(where, (sql.starts_with("DELETE") ? " USING " : " FROM ") + given);
}

ParamLists::ParamLists(Params first_row) {
  for (const Param& param : first_row) {
    const bool integer = param.kind == Param::Kind::kInteger;
    lists_.push_back({integer ? Param::Kind::kIntegers : Param::Kind::kByteStrings, {}});
    lists_.back().bytes = list_head(lists_.back().kind);
  }
  add(first_row);
}

void ParamLists::add(Params row) {
  SB_CHECK(row.size() == lists_.size());
  auto list = lists_.begin();
  for (const Param& param : row) add_element(param, (list++)->bytes);
  ++rows_;
}

std::vector<Param> ParamLists::params() {
  std::vector<Param> params;
  for (List& list : lists_) {
    set_list_size(list.bytes, rows_);
    params.push_back(Param::list(list.bytes, list.kind));
  }
  return params;
}

const std::string& RowBatches::table(const char* sql) {
  std::string& table = tables_[sql];
  if (table.empty()) table = table_of(sql);
  return table;
}

bool RowBatches::waits(const char* sql, std::string_view row) {
  return !batches_.empty() && rows_.contains(row_id(table(sql), row));
}

bool RowBatches::waits_for(std::string_view sql) {
  return std::any_of(batches_.begin(), batches_.end(), [&](const Batch& batch) {
    return sql.find(table(batch.sql)) != std::string_view::npos;
  });
}

bool RowBatches::add(const char* sql, std::string_view row, Params params,
                     std::function<Error()> missed) {
  rows_.insert(row_id(table(sql), row));
  for (const Param& param : params) bytes_ += param.bytes.size();
  const auto batch = std::find_if(batches_.begin(), batches_.end(),
                                  [&](const Batch& known) { return known.sql == sql; });
  if (batch != batches_.end()) {
    batch->lists.add(params);
  } else {
    std::string& many = many_[sql];
    if (many.empty()) many = for_many_rows(sql, params.size());
    batches_.push_back({sql, many.c_str(), ParamLists(params), std::move(missed)});
  }
  return rows_.size() < kMaxRows && bytes_ < kMaxBytes;
}

std::vector<RowBatches::Batch> RowBatches::take() {
  rows_.clear();
  bytes_ = 0;
  return std::exchange(batches_, {});
}

void RowBatches::clear() {
  rows_.clear();
  batches_.clear();
  bytes_ = 0;
}

}  // namespace sideband
