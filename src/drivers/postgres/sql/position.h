// Cheap questions to a server: where its log stands, and which rows are new.
#pragma once

#include <string>

#include "drivers/postgres/sql/source.h"
#include "ports/collection.h"

namespace sideband {

// The position of the write-ahead log and the transactions that are under way: while both stay the
// same, no row of a logged table became another. Empty where that does not hold: on a standby, and
// where the source is not a table or one of its parts is unlogged or foreign.
Result<std::string> pg_position(PgConnection& connection, const PgShape& shape,
                                const Deadline& deadline);

struct PgChangedSource {
  std::string column;    // a timestamp that every write of a row sets; empty = none
  Duration overlap{0};   // longest time from the start of a transaction to its first write
  bool has_zone = true;  // its type: with or without time zone
};

// Finds the column and its type. An error for a person where it cannot serve.
Result<PgChangedSource> pg_describe_changed(PgConnection& connection, const PgShape& shape,
                                            PgChangedSource source, const Deadline& deadline);

// Rows whose column is newer than the mark, less the overlap. A mark is the time of an earlier
// answer whose transactions have all ended since: what they wrote is found whenever they commit.
Result<Changed> pg_changed(PgConnection& connection, const PgShape& shape,
                           const PgChangedSource& source, const ChangedRequest& request,
                           const Deadline& deadline);

}  // namespace sideband
