// What the collections of SQL databases read: a query, or columns of a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drivers/options.h"
#include "ports/driver.h"

namespace sideband {

struct SqlSource {
  std::string query;                 // a SELECT; used when not empty
  std::string table;                 // else this table, as the configuration calls it
  std::vector<std::string> columns;  // of the table; empty = all
  std::vector<std::string> keys;     // names of the key columns
  std::size_t max_size = kMaxSize;   // rows with more bytes are unknown

  static constexpr std::int64_t kMaxSize = 16 << 20;

  [[nodiscard]] bool is_key(const std::string& column) const;
  // The key columns that are no fields: none of a query, of a table those that are not in
  // `columns`.
  [[nodiscard]] std::vector<std::string> keys_only() const;
  // The SELECT that yields the rows: `query` without what ends it, or one over the table, whose
  // name in SQL is `from`. Its first columns are keys_only().
  [[nodiscard]] std::string select(const std::string& from) const;
};

// Columns of a table are those that `fields` writes, else the key and `columns`, else all. An error
// unless there is a query or a table, a table where rows are to be changed, and no key column
// twice.
Result<SqlSource> parse_sql_source(const CollectionSettings& collection,
                                   const OptionReader& options, Role role);

// "name" with the quotes of SQL.
std::string quote_name(std::string_view name);
// The same of several, with commas between them.
std::string quote_names(const std::vector<std::string>& names);

// The cursor of a scan in key order: the last key behind a mark, so that an empty key is a cursor
// too.
std::string cursor_after(std::string_view key);
std::string_view key_of_cursor(std::string_view cursor);

}  // namespace sideband
