// What the columns of a table make of a value, asked of SQLite itself: a table of the same columns
// in memory takes the values and is read again.
#pragma once

#include <memory>

#include "drivers/sqlite/values.h"

namespace sideband {

// Used by one thread at a time. Knows neither constraints nor triggers.
class SqliteKeeper {
 public:
  static Result<std::unique_ptr<SqliteKeeper>> open(const SqliteColumns& columns,
                                                    SqliteClasses classes);

  // The fields of these columns as they would be read back; others are left as they are. Unknown,
  // with the column's name, where a column takes no such value; with kOdd that is also a text, if
  // not told so, in a column of whole or real numbers.
  Result<State> kept(const Fields& want);

 private:
  SqliteKeeper(std::unique_ptr<SqliteDatabase> db, const SqliteColumns& columns,
               SqliteClasses classes)
      : db_(std::move(db)), columns_(columns), classes_(classes) {}
  Result<void> prepare();
  Result<void> put(const Fields& want);
  Result<std::string> refusing_column(const Fields& want);
  [[nodiscard]] std::string column_without_number(const Fields& want) const;

  std::unique_ptr<SqliteDatabase> db_;  // outlives the statements
  const SqliteColumns columns_;
  const SqliteClasses classes_;
  std::unique_ptr<SqliteStatement> insert_;
  std::unique_ptr<SqliteStatement> select_;
  std::unique_ptr<SqliteStatement> erase_;
};

}  // namespace sideband
