// All field tables together, as documentation and as JSON Schema.
#pragma once

#include <string>
#include <vector>

#include "config/field_table.h"
#include "config/reference.h"

namespace sideband::policy {

// The kinds in lower case ("reconciler"), then the drivers by name ("redis"), for explain_field and
// reference_page.
std::vector<config::NamedTable> reference_tables(const std::vector<config::DriverFields>& drivers);

// JSON Schema 2020-12 of one document of any kind, as JSON text on one line. A reconciler may use
// the keys of every driver there, because only the whole configuration knows which one its targets
// have.
std::string configuration_schema(const std::vector<config::DriverFields>& drivers);

}  // namespace sideband::policy
