// The unique constraints and indexes of a table that is written, for rows that are in each other's
// way (drivers/unique_order.h).
#pragma once

#include <string>
#include <vector>

#include "drivers/sqlite/values.h"
#include "drivers/unique_order.h"

namespace sideband {

// Those over plain columns, partial ones too; `written`: the columns that are written. The
// statement of a set (sqlite_park_sql) needs its `park_by` to be one of them.
Result<std::vector<UniqueSet>> sqlite_unique_sets(SqliteDatabase& db, const std::string& table,
                                                  const SqliteColumns& written);

// The statement that parks the row of `where`: at NULL, or at a value that no row holds. Parameter
// `least` of it is the largest number that is wanted there. Empty where the set has no park_by.
std::string sqlite_park_sql(const std::string& table, const UniqueSet& set,
                            const SqliteColumns& written, const std::string& where, int least);

}  // namespace sideband
