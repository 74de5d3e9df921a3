// What every driver gets from the process: its clock and its randomness.
#pragma once

#include "base/clock.h"
#include "base/random.h"

namespace sideband {

// Both outlive every driver, Collection and Feed made with it.
struct DriverContext {
  const Clock& clock;
  Random& random;
};

}  // namespace sideband
