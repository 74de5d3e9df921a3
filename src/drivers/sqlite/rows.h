// A row of a query as key and Fields.
#pragma once

#include <string>
#include <vector>

#include "drivers/sqlite/database.h"
#include "model/key_order.h"
#include "model/state.h"

namespace sideband {

// A value as text: integers in decimal, real numbers with the fewest digits that read back the same
// (15 to 17), text and blobs as their bytes. Not for NULL.
std::string column_text(const SqliteStatement& row, int column);

// The columns of the current row without column `skip` (-1 = none); those that are NULL are left
// out.
Fields row_fields(const SqliteStatement& row, int skip);

// The row as a state; unknown where it has more than `max_size` bytes.
State row_state(const SqliteStatement& row, int skip, std::size_t max_size);

// The state of a row in which one value alone is larger and was not read.
State larger_than(std::size_t max_size);

// The key in column `column` of the current row. kInvalid (for a person) where it is NULL or not of
// the declared type: such a row has no place in the order.
Result<std::string> row_key(const SqliteStatement& row, int column, KeyOrder order);

// Binds a join key; false where the text is no key of this type.
bool bind_key(SqliteStatement& statement, int at, const std::string& key, KeyOrder order);

}  // namespace sideband
