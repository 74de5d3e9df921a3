// `explain`: what a reconciler is doing and why, or what became of one thing.
#pragma once

#include <cstdint>
#include <string>

#include "cli/remote_context.h"

namespace sideband::cli {

// `explain WHAT`. Of a reconciler, or playbook/NAME: what is true of it now, the last decision with
// every reason, and those before, `limit` in all. Of the id of a repair, run, decision or plan, and
// of RECONCILER/KEY: as explain_item.h.
int explain_command(RemoteContext& context, const std::string& what, std::int64_t limit);

}  // namespace sideband::cli
