// How much this process can do at the same time.
#pragma once

namespace sideband {

// Cores that the system lets this process run on, at least 1. Asked anew by each call.
int usable_cores();

}  // namespace sideband
