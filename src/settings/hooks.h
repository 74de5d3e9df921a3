// Whether what a reconciler runs around its changes can be run.
#pragma once

#include "settings/checks.h"

namespace sideband::policy {

// Reports it, and makes the hooks' options ready to be filled in. `sound`: each value of the
// document is right by itself.
void check_hooks(const CheckContext& context, ReconcilerSettings& reconciler, bool sound);

}  // namespace sideband::policy
