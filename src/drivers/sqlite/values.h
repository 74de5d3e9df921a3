// How values of SQLite become text, and texts values of its columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/sqlite/database.h"
#include "model/state.h"

namespace sideband {

// What a column makes of a value:
// https://www.sqlite.org/datatype3.html#determination_of_column_affinity
enum class SqliteAffinity : std::uint8_t { kInteger, kText, kBlob, kReal, kNumeric };
SqliteAffinity affinity_of(std::string_view declared);

struct SqliteColumn {
  std::string name;
  std::string declared;  // in capitals; empty where it has no type
  SqliteAffinity affinity = SqliteAffinity::kBlob;

  // Whether a text that it is given is stored as a blob.
  [[nodiscard]] bool bytes() const { return declared.find("BLOB") != std::string::npos; }
};

struct SqliteColumns {
  std::vector<SqliteColumn> list;
  bool strict = false;  // the table refuses what its types do not take
};

// These columns of a table, in this order; a name that it has not is one of its row number.
Result<SqliteColumns> describe_columns(SqliteDatabase& db, const std::string& table,
                                       const std::vector<std::string>& names);

// Where states tell the storage class of a value, for a text alone does not. Only SQLite reads
// that.
enum class SqliteClasses : std::uint8_t {
  kLeftOut,  // nowhere
  kTold,     // where the text looks like a value of another class, whatever the column
  kOdd,      // where the column would make another class of the text
};

// A value as text: integers in decimal, real numbers with the fewest digits that read back the same
// (15 to 17), text and blobs as their bytes. Not for NULL.
std::string column_text(const SqliteStatement& row, int column);

// The field beside `column` that tells its class, and what it says of this value, if anything.
std::string class_field(const std::string& column);
std::optional<std::string> class_told(const SqliteStatement& row, int at, const std::string& text,
                                      const SqliteColumn& column, SqliteClasses classes);

// Whether `want` tells the class of this column.
bool tells_class(const Fields& want, const SqliteColumn& column);

// Binds what `want` has for this column: of the class that is told; else, with kTold, of the class
// that the text looks like, and otherwise as a text that the column's affinity turns into what it
// is, where `true` and `false` are 1 and 0 of a column of numbers.
void bind_field(SqliteStatement& statement, int at, const SqliteColumn& column, const Fields& want,
                SqliteClasses classes);

}  // namespace sideband
