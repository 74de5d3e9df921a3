// `explain`: what a reconciler is doing and why.
#pragma once

#include <cstdint>
#include <string>

#include "cli/remote_context.h"

namespace sideband::cli {

// `explain NAME`: what is true of a reconciler now, the last decision with every reason, and those
// before, `limit` in all.
int explain_command(RemoteContext& context, const std::string& reconciler, std::int64_t limit);

}  // namespace sideband::cli
