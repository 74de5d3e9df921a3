// JSON Schema 2020-12 from field tables, for editors and CI.
#pragma once

#include <string>

#include "config/field_table.h"

namespace sideband::config {

// The schema of a map with these rows, as JSON text. It accepts what decode accepts, as far as a
// schema can tell: scalars are checked by pattern, and cross checks are left out.
std::string schema_of(const Fields& fields);

}  // namespace sideband::config
