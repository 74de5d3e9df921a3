// The field table of `kind: Signal`.
#pragma once

#include <vector>

#include "config/field_table.h"

namespace sideband::policy {

// One key for each way to measure that a driver has, and one for each detector there is.
config::Fields signal_fields(const std::vector<config::DriverFields>& drivers);

}  // namespace sideband::policy
