// Texts of statements, and which tables they are about. Plain values; a text is never changed once
// it is made, so any thread may read it.
#pragma once

#include <string>
#include <utility>

#include "store/store_table.h"

namespace sideband {

// A statement: a literal, or a view of a ComposedSql. The address of its text is its identity in
// the cache of prepared statements, so the text lives as long as the program.
class Sql {
 public:
  template <std::size_t N>
  consteval Sql(const char (&text)[N])  // NOLINT: literals are statements
      : text_(text), tables_(TableSet::named_in(text)) {}
  [[nodiscard]] const char* text() const { return text_; }
  // Those that a literal names, found when it is compiled. Rows of them that wait to be written are
  // written before the statement runs.
  [[nodiscard]] TableSet tables() const { return tables_; }

 private:
  friend class ComposedSql;
  Sql(const char* text, TableSet tables) : text_(text), tables_(tables) {}

  const char* text_;
  TableSet tables_;
};

// A statement about one table that is put together from parts. Of static storage, because its
// address is its identity.
class ComposedSql {
 public:
  ComposedSql(StoreTable table, std::string text) : table_(table), text_(std::move(text)) {}
  ComposedSql(const ComposedSql&) = delete;
  ComposedSql& operator=(const ComposedSql&) = delete;

  [[nodiscard]] StoreTable table() const { return table_; }
  [[nodiscard]] Sql sql() const { return {text_.c_str(), TableSet(table_)}; }

 private:
  const StoreTable table_;
  const std::string text_;
};

}  // namespace sideband
