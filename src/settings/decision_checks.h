// Checks of what a decision asks: rules in the rule language, and calendars by name.
#pragma once

#include "settings/checks.h"

namespace sideband::policy {

// Every fault of every rule at its place in the file; calendars that are not there; risks without a
// rule for them.
void check_decisions(const CheckContext& context);

}  // namespace sideband::policy
