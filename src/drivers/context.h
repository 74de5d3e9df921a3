// What every driver gets from the process: its clock and its randomness.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"

namespace sideband {

// Both outlive every driver, Collection and Feed made with it.
struct DriverContext {
  const Clock& clock;
  Random& random;
  // Socket of the CommandRunner that starts the commands of targets which name none; empty: none.
  std::string command_runner = {};
  Metrics* metrics = nullptr;  // null: nobody watches; outlives them too
};

}  // namespace sideband
