// Checks of one playbook: inputs, order, references, and what compensation needs.
#pragma once

#include "model/playbook.h"
#include "settings/checks.h"

namespace sideband::policy {

// Reports everything wrong with it, and puts its steps into the order in which they run. `sound`:
// no value was wrong by itself, so that drivers can be asked about all of them.
void validate_and_order_playbook(PlaybookSettings& playbook, const config::Node& node,
                                 const CheckContext& context, bool sound);

}  // namespace sideband::policy
