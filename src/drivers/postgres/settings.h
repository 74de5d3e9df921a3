// What a configuration says of the rows of a PostgreSQL database. Pure.
#pragma once

#include <string>

#include "drivers/options.h"
#include "drivers/postgres/sql/source.h"
#include "ports/driver.h"

namespace sideband {

// Both: the first mistake is the error, for a person.
Result<PgSource> parse_pg_source(const CollectionSettings& collection, const OptionReader& options,
                                 Role role);
// The table in SQL; empty where nothing is fenced.
Result<std::string> parse_pg_fence(const OptionReader& options, Role role);

}  // namespace sideband
