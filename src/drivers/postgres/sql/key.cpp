#include "drivers/postgres/sql/key.h"

#include <algorithm>
#include <functional>

#include "base/bytes.h"
#include "drivers/sql_source.h"
#include "model/key_parts.h"

namespace sideband {
namespace {

using Part = std::function<std::string(const PgKeyColumn&, std::size_t)>;

// What `part` says of each column, with `between` between them.
std::string joined(const std::vector<PgKeyColumn>& columns, const Part& part,
                   const char* between = ", ") {
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i != 0) out += between;
    out += part(columns[i], i);
  }
  return out;
}

// One value as it is, several as a row value.
std::string as_row(std::size_t columns, std::string list) {
  return columns == 1 ? list : "(" + list + ")";
}

std::string name_in_q(const PgKeyColumn& column) {
  return "q." + quote_name(column.name);
}

std::string ordered(const PgKeyColumn& column) {
  return name_in_q(column) + (column.collate ? " collate \"C\"" : "");
}

std::string collated(const PgKeyColumn& column, const std::string& value) {
  return value + (column.form == PgForm::kText ? " collate \"C\"" : "");
}

std::string typed(const PgKeyColumn& column) {
  const std::string value = name_in_q(column) + "::" + pg_key_type(column.form);
  return column.form == PgForm::kText ? "(" + value + " collate \"C\")" : value;
}

std::string literal_of(const PgConnection& connection, PgForm form, const std::string& part) {
  switch (form) {
    case PgForm::kInteger:
      return "'" + part + "'::int8";
    case PgForm::kUuid:
      return "'" + part + "'::uuid";
    case PgForm::kBytes:
      return "'\\x" + to_hex(part) + "'::bytea";
    default:
      return connection.literal(part);
  }
}

std::string lowest_of(PgForm form) {
  switch (form) {
    case PgForm::kInteger:
      return "-9223372036854775808";
    case PgForm::kUuid:
      return "00000000-0000-0000-0000-000000000000";
    default:
      return "";
  }
}

KeyForm form_of(PgForm form) {
  if (form == PgForm::kUuid) return KeyForm::kUuid;
  return form == PgForm::kInteger ? KeyForm::kInt64 : KeyForm::kText;
}

}  // namespace

KeyOrder PgKey::order() const {
  if (columns_.size() == 1) return columns_.front().order;
  std::vector<KeyOrder::Column> orders;
  for (const PgKeyColumn& column : columns_) orders.push_back(column.order);
  return KeyOrder(std::move(orders));
}

KeyForms PgKey::forms() const {
  KeyForms forms;
  for (const PgKeyColumn& column : columns_) forms.push_back(form_of(column.form));
  return forms;
}

std::optional<std::vector<std::string>> PgKey::values(std::string_view key) const {
  auto parts = split_key(key, size());
  if (!parts) return std::nullopt;
  for (std::size_t i = 0; i < size(); ++i) {
    auto value = pg_key_value(columns_[i].form, (*parts)[i]);
    if (!value) return std::nullopt;
    (*parts)[i] = std::move(*value);
  }
  return parts;
}

bool PgKey::has_text() const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [](const PgKeyColumn& column) { return column.form == PgForm::kText; });
}

bool PgKey::add_text(std::string& key, std::size_t column, std::string_view bytes,
                     std::string& scratch) const {
  const auto text = pg_text(columns_[column].form, bytes, scratch);
  if (!text) return false;
  if (size() == 1) {
    key = *text;
  } else {
    add_key_part(key, *text, column == 0);
  }
  return true;
}

Result<std::string> PgKey::text(const PgAnswer& answer, int row, int first) const {
  std::string key;
  std::string scratch;
  for (std::size_t i = 0; i < size(); ++i) {
    const PgValue value = answer.value(row, first + static_cast<int>(i));
    if (value.null || !add_text(key, i, value.bytes, scratch)) {
      return Error::corrupt("PostgreSQL sent a key that is damaged");
    }
  }
  return key;
}

std::string PgKey::lowest() const {
  std::vector<std::string> parts;
  for (const PgKeyColumn& column : columns_) parts.push_back(lowest_of(column.form));
  return join_key(parts);
}

std::string PgKey::compared_sql() const {
  return as_row(size(), order_sql());
}

std::string PgKey::order_sql() const {
  return joined(columns_, [](const PgKeyColumn& column, std::size_t) { return ordered(column); });
}

std::string PgKey::typed_sql() const {
  const std::string list =
      joined(columns_, [](const PgKeyColumn& column, std::size_t) { return typed(column); });
  return as_row(size(), list);
}

std::string PgKey::literal_sql(const PgConnection& connection, const std::string& key) const {
  const auto parts = split_key(key, size());
  const auto part = [&](const PgKeyColumn& column, std::size_t i) {
    return literal_of(connection, column.form, parts ? (*parts)[i] : std::string());
  };
  return as_row(size(), joined(columns_, part));
}

std::string PgKey::sent_sql() const {
  return joined(columns_, [](const PgKeyColumn& column, std::size_t i) {
    return name_in_q(column) + "::" + std::string(column.sent) + " k" + std::to_string(i);
  });
}

std::string PgKey::sent_names() const {
  return names("k");
}

std::string PgKey::sent_order() const {
  return joined(columns_, [](const PgKeyColumn& column, std::size_t i) {
    return collated(column, "k" + std::to_string(i));
  });
}

std::string PgKey::in_arrays_sql(int first) const {
  const std::string list =
      joined(columns_, [](const PgKeyColumn& column, std::size_t) { return name_in_q(column); });
  if (size() == 1) return list + " = any($" + std::to_string(first) + ")";
  return "(" + list + ") in (select * from unnest(" + arrays_sql(first) + "))";
}

std::string PgKey::null_sql() const {
  return joined(
      columns_,
      [](const PgKeyColumn& column, std::size_t) { return name_in_q(column) + " is null"; },
      " or ");
}

std::string PgKey::arrays_sql(int first) const {
  return joined(columns_, [first](const PgKeyColumn& column, std::size_t i) {
    return "$" + std::to_string(first + static_cast<int>(i)) + "::" + pg_key_type(column.form) +
           "[]";
  });
}

std::string PgKey::names(const std::string& prefix) const {
  return joined(columns_, [&prefix](const PgKeyColumn&, std::size_t i) {
    return prefix + std::to_string(i);
  });
}

std::string PgKey::row_sql(const std::string& prefix) const {
  return as_row(size(), names(prefix));
}

std::string PgKey::typed_array_sql(int first) const {
  if (size() == 1) return arrays_sql(first);
  const std::string values = joined(columns_, [](const PgKeyColumn& column, std::size_t i) {
    return collated(column, "b.k" + std::to_string(i));
  });
  return "(select array_agg((" + values + ") order by b.n) from unnest(" + arrays_sql(first) +
         ") with ordinality b(" + names("k") + ", n))";
}

bool PgKeyArrays::add(std::string_view key) {
  auto values = key_.values(key);
  if (!values) return false;
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].push_back(std::move((*values)[i]));
  return true;
}

void PgKeyArrays::put(PgParams& params) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    params.array(pg_key_element(key_.columns()[i].form), columns_[i]);
  }
}

}  // namespace sideband
