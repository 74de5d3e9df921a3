// Carries out the units of workers: on threads in the daemon, all on one in the simulator.
#pragma once

#include <functional>
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

  // Makes a call that may block for long and belongs to no target's pool, on a thread of its own;
  // in the simulator at once. False when it is not made: the runner stops, or far too many wait.
  [[nodiscard]] virtual bool call_apart(std::function<void()> call) = 0;

  // Waits for the calls that were made apart, ends all waits with kCancelled, lets every worker
  // wind up, and returns when none is left.
  virtual void stop() = 0;
};

}  // namespace sideband
