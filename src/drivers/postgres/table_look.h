// Whether the tables behind a Collection are such that rows can be compared and changed: asked of
// the catalogue, and of the rows by statements with a bound on their time.
#pragma once

#include "drivers/postgres/sql/source.h"
#include "ports/driver.h"
#include "ports/table_report.h"

namespace sideband {

// Reads only. `role`: whether rows are to be changed too. Errors are those of the connection; what
// is wrong with a table or a query is a finding.
Result<TableReport> pg_look_at_table(PgConnection& connection, const PgSource& source, Role role,
                                     const Deadline& deadline);

}  // namespace sideband
