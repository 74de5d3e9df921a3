// What a configuration says of the rows of an SQLite database. Pure.
#pragma once

#include "drivers/options.h"
#include "drivers/sqlite/source.h"
#include "ports/driver.h"

namespace sideband {

// The columns of a whole table are not filled in: only the database knows them. The first mistake
// is the error, for a person.
Result<SqliteSource> parse_sqlite_source(const CollectionSettings& collection,
                                         const OptionReader& options, Role role);

}  // namespace sideband
