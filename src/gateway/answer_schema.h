// What answers of the API look like: the schemas of the OpenAPI document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/jcs.h"

namespace sideband {

// The members of "components/schemas" by name, as JSON Schema 2020-12.
JsonObject answer_schemas();

// "#/components/schemas/NAME", as the only member of an object.
std::string schema_ref(std::string_view name);

}  // namespace sideband
