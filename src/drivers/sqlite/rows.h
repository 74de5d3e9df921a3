// A row of a query as key and Fields.
#pragma once

#include <string>
#include <vector>

#include "drivers/sqlite/database.h"
#include "drivers/sqlite/values.h"
#include "model/key_order.h"
#include "model/state.h"

namespace sideband {

// What a row is read as.
struct SqliteRowForm {
  int skip = 0;  // so many of the first columns are no fields
  SqliteClasses classes = SqliteClasses::kLeftOut;
  std::vector<SqliteColumn> columns = {};  // with kOdd: those that are fields, in their order

  [[nodiscard]] const SqliteColumn& column(int at) const;
};

// The fields of the current row; those that are NULL are left out.
Fields row_fields(const SqliteStatement& row, const SqliteRowForm& form);

// The row as a state; unknown where it has more than `max_size` bytes.
State row_state(const SqliteStatement& row, const SqliteRowForm& form, std::size_t max_size);

// The state of a row in which one value alone is larger and was not read.
State larger_than(std::size_t max_size);

// The key in these columns of the current row. kInvalid (for a person) where one is NULL or not of
// the declared type: such a row has no place in the order.
Result<std::string> row_key(const SqliteStatement& row, const std::vector<int>& columns,
                            const KeyOrder& order);

// Binds a join key to the parameters from 1 on; false where the text is no key of this type.
bool bind_key(SqliteStatement& statement, const std::string& key, const KeyOrder& order);

}  // namespace sideband
