#include "drivers/sql_source.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr char kCursorMark = 'k';

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::vector<std::string> choose_columns(const std::vector<std::string>& keys,
                                        const CollectionSettings& collection,
                                        const OptionReader& options) {
  std::vector<std::string> columns;
  for (const auto& [name, value] : collection.fields) columns.push_back(name);
  if (!columns.empty()) return columns;
  columns = options.lines("columns");
  if (columns.empty()) return columns;
  std::vector<std::string> with_keys;
  for (const std::string& key : keys) {
    if (!contains(columns, key)) with_keys.push_back(key);
  }
  with_keys.insert(with_keys.end(), columns.begin(), columns.end());
  return with_keys;
}

// Columns are said in one place: a list that nothing reads would look like a limit.
Result<void> check_columns(const SqlSource& source, const CollectionSettings& collection,
                           const OptionReader& options) {
  if (!options.has("columns")) return {};
  if (!source.query.empty()) {
    return options.wrong("columns", "has no effect beside query; name the columns in its SELECT");
  }
  if (collection.fields.empty()) return {};
  return options.wrong("columns",
                       "has no effect beside fields, which name the columns; leave it out");
}

Result<std::vector<std::string>> parse_keys(const OptionReader& options) {
  SB_TRY(options.text("key"));
  const std::vector<std::string> names = options.lines("key");
  std::vector<std::string> keys;
  for (const std::string& name : names) {
    if (contains(keys, name)) return options.wrong("key", "names the column '" + name + "' twice");
    keys.push_back(name);
  }
  return keys;
}

std::string without_semicolon(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n;") + 1);
  return text;
}

}  // namespace

bool SqlSource::is_key(const std::string& column) const {
  return contains(keys, column);
}

std::vector<std::string> SqlSource::keys_only() const {
  std::vector<std::string> out;
  if (!query.empty() || columns.empty()) return out;
  for (const std::string& key : keys) {
    if (!contains(columns, key)) out.push_back(key);
  }
  return out;
}

std::string SqlSource::select(const std::string& from) const {
  if (!query.empty()) return without_semicolon(query);
  if (columns.empty()) return "select * from " + from;
  std::string list;
  for (const std::string& key : keys_only()) list += ", " + quote_name(key);
  for (const std::string& column : columns) list += ", " + quote_name(column);
  return "select " + list.substr(2) + " from " + from;
}

Result<SqlSource> parse_sql_source(const CollectionSettings& collection,
                                   const OptionReader& options, Role role) {
  SqlSource source;
  source.query = options.text_or("query", "");
  source.table = options.text_or("table", "");
  if (source.query.empty() && source.table.empty()) {
    return options.wrong("query", "missing; give a query or a table");
  }
  if (!source.query.empty() && !source.table.empty()) {
    return options.wrong("query", "cannot stand beside table; give one of them");
  }
  if (role == Role::kActual && source.table.empty()) {
    return options.wrong("table", "is required where rows are to be changed");
  }
  SB_TRY(check_columns(source, collection, options));
  SB_ASSIGN(source.keys, parse_keys(options));
  SB_ASSIGN(const std::int64_t max_size, options.size_or("maxSize", SqlSource::kMaxSize));
  source.max_size = static_cast<std::size_t>(max_size);
  if (!source.table.empty()) source.columns = choose_columns(source.keys, collection, options);
  return source;
}

std::string quote_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string quote_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quote_name(name);
  return list;
}

std::string cursor_after(std::string_view key) {
  return kCursorMark + std::string(key);
}

std::string_view key_of_cursor(std::string_view cursor) {
  return cursor.substr(1);
}

}  // namespace sideband
