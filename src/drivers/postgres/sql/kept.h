// What the columns of a table would keep of wanted rows, as the server itself says.
//
// Values are read by the input functions of the columns' types with their length, scale and
// precision, which is what an assignment does: a cast would cut a text that is too long.
#pragma once

#include <vector>

#include "drivers/postgres/sql/table.h"
#include "ports/collection.h"

namespace sideband {

// As Collection::kept. Constraints of the table and triggers are not asked, those of domains are.
Result<std::vector<State>> pg_kept(PgConnection& connection, const PgTable& table,
                                   const std::vector<Wanted>& wanted, const Deadline& deadline);

}  // namespace sideband
