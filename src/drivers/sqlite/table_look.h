// Whether the tables behind a Collection are such that rows can be compared and changed: asked of
// the schema, and of the rows by statements with a bound on their time.
#pragma once

#include "drivers/sqlite/source.h"
#include "ports/driver.h"
#include "ports/table_report.h"

namespace sideband {

// Reads only. `role`: whether rows are to be changed too. Errors are those of the file; what is
// wrong with a table or a query is a finding.
Result<TableReport> sqlite_look_at_table(SqliteDatabase& db, const SqliteSource& source, Role role,
                                         const Deadline& deadline);

}  // namespace sideband
