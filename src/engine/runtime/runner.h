// Carries out the units of workers: on threads in the daemon, all on one in the simulator.
#pragma once

#include <memory>
#include <string>

#include "engine/runtime/unit.h"

namespace sideband {

// Names a spawned worker, for wake().
using WorkerId = std::uint64_t;

// Thread-safe. stop() must have returned before the runner goes.
class Runner {
 public:
  virtual ~Runner() = default;

  // How many calls to the target may be under way at once; call before units name the pool. A
  // second call changes nothing.
  virtual void add_pool(const std::string& name, std::int64_t threads) = 0;

  virtual WorkerId spawn(std::shared_ptr<Worker> worker) = 0;
  // Ends the worker's wait early; when it is not waiting, its next wait ends at once.
  virtual void wake(WorkerId id) = 0;

  // Ends all waits with kCancelled, lets every worker wind up, and returns when none is left.
  virtual void stop() = 0;
};

}  // namespace sideband
