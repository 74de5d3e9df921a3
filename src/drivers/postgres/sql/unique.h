// The unique constraints and indexes of a table that is written, for rows that are in each other's
// way (drivers/unique_order.h).
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/sql/table.h"
#include "drivers/unique_order.h"

namespace sideband {

// Those over plain columns, partial ones too: where such an index does not hold a row, an order too
// many is kept, which does no harm.
Result<std::vector<UniqueSet>> pg_unique_sets(PgConnection& connection, const PgTable& table,
                                              const Deadline& deadline);

// A value for `set.park_by` that no row holds, and none of `wanted`; NULL where that may stand
// there. The index itself proves it, when the row is written. kUnsupported where the type has none
// that can be made up.
Result<PgElement> pg_free_value(PgConnection& connection, const PgTable& table,
                                const UniqueSet& set, const std::vector<PgElement>& wanted,
                                const Deadline& deadline);

}  // namespace sideband
