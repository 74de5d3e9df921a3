// Statements that write one row, as data: the table, the text for one row, and the text that does
// the same for many rows at once, so that nobody has to find these in SQL.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "store/sql.h"

namespace sideband {

// Names one row among all that wait.
struct RowKey {
  StoreTable table;
  std::string row;  // among those of its table
};

// "a = $1 AND b = $2" of the columns "a, b".
std::string columns_equal(std::string_view columns);

// Made once, of static storage (ComposedSql); constant, so any thread may read it. Columns are
// given as SQL lists them: "a, b, c". Parameters are in the order of the columns, keys first; where
// a statement is given as text they are $1, $2 ... in order of first use, as in every other.
//
// In the text for many rows each parameter is a list, as long as there are rows:
// unnest($1, $2, ...) makes rows of them again, whose columns stand where one row has parameters.
class RowStatement {
 public:
  static RowStatement insert(StoreTable table, std::string_view columns);
  // Inserts the row, or replaces the values of the one with these keys.
  static RowStatement upsert(StoreTable table, std::string_view keys, std::string_view values);
  static RowStatement erase(StoreTable table, std::string_view keys);
  // UPDATE table SET `set` WHERE `where`.
  static RowStatement update(StoreTable table, std::size_t params, std::string_view set,
                             std::string_view where);
  // Inserts the first parameters as `columns` WHERE `where` holds; does nothing where the row that
  // `keys` name is there.
  static RowStatement insert_where(StoreTable table, std::size_t params, std::string_view columns,
                                   std::string_view where, std::string_view keys);

  [[nodiscard]] StoreTable table() const { return one_.table(); }
  [[nodiscard]] std::size_t params() const { return params_; }
  [[nodiscard]] Sql one() const { return one_.sql(); }
  [[nodiscard]] Sql many() const { return many_.sql(); }

 private:
  RowStatement(StoreTable table, std::size_t params, std::string one, std::string many)
      : params_(params), one_(table, std::move(one)), many_(table, std::move(many)) {}
  // The text for one row is `head` + " WHERE " + `where`; that for many names its rows between
  // them, after `joins`.
  static RowStatement where_rows(StoreTable table, std::size_t params, const std::string& head,
                                 std::string_view joins, std::string_view where);
  static RowStatement insert_values(StoreTable table, std::string_view columns,
                                    std::string_view conflict);

  const std::size_t params_;
  const ComposedSql one_, many_;
};

}  // namespace sideband
