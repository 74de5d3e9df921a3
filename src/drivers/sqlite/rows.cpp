#include "drivers/sqlite/rows.h"

#include <charconv>

#include "drivers/options.h"
#include "model/int64_key.h"

namespace sideband {
namespace {

std::string real_text(double value) {
  char text[64];
  for (int digits = 15; digits <= 17; ++digits) {
    const auto end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
    double back = 0;
    std::from_chars(text, end, back);
    if (back == value || digits == 17) return {text, end};
  }
  return {};
}

}  // namespace

std::string column_text(const SqliteStatement& row, int column) {
  switch (row.type(column)) {
    case SQLITE_INTEGER:
      return std::to_string(row.integer(column));
    case SQLITE_FLOAT:
      return real_text(row.real(column));
    default:
      return row.bytes(column);
  }
}

Fields row_fields(const SqliteStatement& row, int skip) {
  Fields fields;
  for (int i = 0; i < row.columns(); ++i) {
    if (i != skip && row.type(i) != SQLITE_NULL) fields.emplace(row.name(i), column_text(row, i));
  }
  return fields;
}

State row_state(const SqliteStatement& row, int skip, std::size_t max_size) {
  return within_size(State::of_fields(row_fields(row, skip)), max_size);
}

State larger_than(std::size_t max_size) {
  return State::unknown("has a value above maxSize " + std::to_string(max_size));
}

Result<std::string> row_key(const SqliteStatement& row, int column, KeyOrder order) {
  const int wanted = order == KeyOrder::kInt64 ? SQLITE_INTEGER : SQLITE_TEXT;
  if (row.type(column) == wanted) return column_text(row, column);
  const std::string needs =
      order == KeyOrder::kInt64 ? "whole numbers (keyType: int64)" : "text (keyType: bytes)";
  const std::string why = row.type(column) == SQLITE_NULL ? " holds NULL" : " holds another type";
  return for_person(Error::invalid("key column '" + row.name(column) + "' must hold " + needs +
                                   ", but a row" + why));
}

bool bind_key(SqliteStatement& statement, int at, const std::string& key, KeyOrder order) {
  if (order == KeyOrder::kBytes) {
    statement.bind_text(at, key);
    return true;
  }
  const auto number = parse_int64_key(key);
  if (number) statement.bind_int(at, *number);
  return number.has_value();
}

}  // namespace sideband
