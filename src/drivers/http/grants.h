// Whether a service's name resolves, and to addresses that may be connected to. Sends nothing to
// the service.
#pragma once

#include "drivers/http/target.h"
#include "ports/grants.h"

namespace sideband {

// Blocks as long as resolve_host.
GrantReport http_grants(const HttpTarget& target);

}  // namespace sideband
