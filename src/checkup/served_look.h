// Certificates that were renewed on disk while the server goes on with the older one.
#pragma once

#include <vector>

#include "checkup/look.h"
#include "checkup/processes.h"

namespace sideband::scan {

// Connects to each listener with TLS that the configuration of a running nginx or HAProxy names,
// and compares what it shows with the first certificates of its files.
void look_at_served(Look& look, const std::vector<Process>& processes);

}  // namespace sideband::scan
