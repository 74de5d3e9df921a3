#include "drivers/sqlite/rows.h"

#include "drivers/options.h"
#include "model/int64_key.h"

namespace sideband {

const SqliteColumn& SqliteRowForm::column(int at) const {
  static const SqliteColumn kAny;
  const std::size_t place = static_cast<std::size_t>(at) - (skip >= 0 && at > skip ? 1 : 0);
  return place < columns.size() ? columns[place] : kAny;
}

Fields row_fields(const SqliteStatement& row, const SqliteRowForm& form) {
  Fields fields;
  for (int i = 0; i < row.columns(); ++i) {
    if (i == form.skip || row.type(i) == SQLITE_NULL) continue;
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
