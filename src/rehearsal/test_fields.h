// The field table of `kind: Test`.
#pragma once

#include "config/field_table.h"
#include "rehearsal/test_case.h"

namespace sideband::sim {

// Of a whole document, which is read into a TestCase.
config::Fields test_fields();

}  // namespace sideband::sim
