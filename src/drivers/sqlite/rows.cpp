#include "drivers/sqlite/rows.h"

#include "drivers/options.h"
#include "model/int64_key.h"
#include "model/key_parts.h"

namespace sideband {
namespace {

Result<std::string> key_part(const SqliteStatement& row, int column, KeyOrder::Column order) {
  const int wanted = order == KeyOrder::kInt64 ? SQLITE_INTEGER : SQLITE_TEXT;
  if (row.type(column) == wanted) return column_text(row, column);
  const std::string needs =
      order == KeyOrder::kInt64 ? "whole numbers (keyType: int64)" : "text (keyType: bytes)";
  const std::string why = row.type(column) == SQLITE_NULL ? " holds NULL" : " holds another type";
  return for_person(Error::invalid("key column '" + row.name(column) + "' must hold " + needs +
                                   ", but a row" + why));
}

bool bind_part(SqliteStatement& statement, int at, const std::string& part,
               KeyOrder::Column order) {
  if (order == KeyOrder::kBytes) {
    statement.bind_text(at, part);
    return true;
  }
  const auto number = parse_int64_key(part);
  if (number) statement.bind_int(at, *number);
  return number.has_value();
}

}  // namespace

const SqliteColumn& SqliteRowForm::column(int at) const {
  static const SqliteColumn kAny;
  const auto place = static_cast<std::size_t>(at - skip);
  return place < columns.size() ? columns[place] : kAny;
}

Fields row_fields(const SqliteStatement& row, const SqliteRowForm& form) {
  Fields fields;
  for (int i = form.skip; i < row.columns(); ++i) {
    if (row.type(i) == SQLITE_NULL) continue;
    const auto [at, fresh] = fields.emplace(row.name(i), column_text(row, i));
    auto told = class_told(row, i, at->second, form.column(i), form.classes);
    if (told) fields.emplace(class_field(at->first), std::move(*told));
  }
  return fields;
}

State row_state(const SqliteStatement& row, const SqliteRowForm& form, std::size_t max_size) {
  return within_size(State::of_fields(row_fields(row, form)), max_size);
}

State larger_than(std::size_t max_size) {
  return State::unknown("has a value above maxSize " + std::to_string(max_size));
}

Result<std::string> row_key(const SqliteStatement& row, const std::vector<int>& columns,
                            const KeyOrder& order) {
  if (columns.size() == 1) return key_part(row, columns.front(), order.columns().front());
  std::string key;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    SB_ASSIGN(const std::string part, key_part(row, columns[i], order.columns()[i]));
    add_key_part(key, part, i == 0);
  }
  return key;
}

bool bind_key(SqliteStatement& statement, const std::string& key, const KeyOrder& order) {
  const auto parts = split_key(key, order.columns().size());
  if (!parts) return false;
  int at = 0;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    if (!bind_part(statement, ++at, (*parts)[i], order.columns()[i])) return false;
  }
  return true;
}

}  // namespace sideband
