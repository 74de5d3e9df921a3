// The field table of kind Playbook. What stands under a step's run, look, undo, change and check is
// the driver's, so a step's table is made when its target is known.
#pragma once

#include <functional>
#include <string>

#include "config/field_table.h"

namespace sideband::policy {

// The driver behind a target; null when either is unknown.
using FindDriver = std::function<const config::DriverFields*(const std::string& target)>;
// What each step's keys are depends on the driver of the target that it names.
config::Fields playbook_fields(const FindDriver& driver_of);

}  // namespace sideband::policy
