// A wait of a worker that holds a lease: sleeps in short turns and renews in between.
#pragma once

#include <optional>

#include "engine/execute/repair_work.h"

namespace sideband {

class LeaseWait {
 public:
  LeaseWait(RepairWork& work, Duration wait)
      : work_(work), until_(work.context.clock.mono() + wait) {}

  // The next unit of the wait, or nothing once it is over.
  std::optional<Unit> next();

 private:
  RepairWork& work_;
  const MonoTime until_;
  bool slept_ = false;  // then the lease is renewed before the next turn
};

}  // namespace sideband
