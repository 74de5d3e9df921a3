// What this process holds, as the kernel sees it.
#pragma once

#include <cstddef>

namespace sideband {

std::size_t open_descriptors();
// The most resident memory, in bytes, since the last call of forget_peak.
std::size_t peak_memory();
void forget_peak();

}  // namespace sideband
