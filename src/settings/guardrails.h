// The ceilings of the site, against every reconciler.
#pragma once

#include "settings/checks.h"

namespace sideband::policy {

// No reconciler is looser than the ceilings; limits that are not set become the ceilings.
void clamp_to_guardrails(const CheckContext& context);

}  // namespace sideband::policy
