// Statements over many key ranges at once.
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/sql/source.h"
#include "ports/digests.h"

namespace sideband {

// The rows of rising ranges as a FROM clause `(...) x` with the columns `i`, which is the range's
// number from 1, and those of `list`. Its parameters are from $2 on, behind one of the caller.
struct PgRangesSql {
  std::string from;
  PgParams params;
};

// By one index scan for each range, or by one look at all rows between the first and the last,
// whichever the planner thinks is cheaper. `first` is the caller's parameter $1. kInvalid for a
// bound that no key can be.
Result<PgRangesSql> pg_ranges_sql(PgConnection& connection, const PgShape& shape,
                                  const std::vector<KeyRange>& ranges, const std::string& list,
                                  std::int64_t first, const Deadline& deadline);

// The number `n` of rows and the sum `s` of `value` for each range `i`, as a FROM clause like those
// of the rows. Ranges without rows may be left out or have no sum.
Result<PgRangesSql> pg_range_sums_sql(PgConnection& connection, const PgShape& shape,
                                      const std::vector<KeyRange>& ranges, const std::string& value,
                                      std::int64_t first, const Deadline& deadline);

// What the planner says of a statement.
struct PgEstimate {
  double cost = 0;
  double rows = 0;
};
Result<PgEstimate> pg_estimate(PgConnection& connection, const std::string& sql,
                               const Deadline& deadline);

}  // namespace sideband
