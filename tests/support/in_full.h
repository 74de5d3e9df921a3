// Whether make check-full asked for the long form of a test (SIDEBAND_FULL=1).
#pragma once

#include <cstdlib>

namespace sideband {

inline bool in_full() {
  return std::getenv("SIDEBAND_FULL") != nullptr;
}

}  // namespace sideband
