// What a role of PostgreSQL may do, asked of the catalogue and by statements that read nothing.
// https://www.postgresql.org/docs/15/functions-info.html, "Access Privilege Inquiry Functions"
#pragma once

#include "drivers/postgres/sql/source.h"
#include "ports/grants.h"

namespace sideband {

struct PgGrantQuestion {
  PgSource source;
  std::string fence;  // quoted name; empty = not fenced
  GrantNeeds needs;
};

// Errors are those of the connection and of a table that is not there.
Result<GrantReport> pg_grants(PgConnection& connection, const PgGrantQuestion& question,
                              const Deadline& deadline);

}  // namespace sideband
