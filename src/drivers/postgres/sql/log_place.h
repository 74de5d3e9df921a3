// Where the write-ahead log of a server stands, and whether a publication tells from it all that
// changes a table.
// https://www.postgresql.org/docs/15/logicaldecoding-explanation.html
#pragma once

#include <string>

#include "drivers/postgres/sql/source.h"
#include "ports/log_place.h"

namespace sideband {

// SQL: the name of the log that decoding in this database reads; empty on a standby.
std::string pg_log_sql();

// One statement, so one snapshot: whatever a snapshot taken later does not see is behind the place,
// and whatever this one sees is before it. `content` are the versions of all rows of the catalogs
// that the table and the publication are made of: DDL between two places gives another one, also
// where it was taken back.
Result<LogPlace> pg_log_place(PgConnection& connection, const PgShape& shape,
                              const std::string& publication, const Deadline& deadline);

}  // namespace sideband
