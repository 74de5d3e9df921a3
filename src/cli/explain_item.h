// `explain` of one thing: a repair or run, a decision, a held plan, a drift.
#pragma once

#include <string>

#include "cli/remote_context.h"

namespace sideband::cli {

// By its id: why it is where it is, by which gates, when it goes on, what would change it, and what
// happened to it until now. kUsage, with what to do, where nothing has that id any more.
int explain_id(RemoteContext& context, const std::string& id);

// `reconciler` and the key of one of its drifts.
int explain_drift(RemoteContext& context, const std::string& reconciler, const std::string& key);

}  // namespace sideband::cli
