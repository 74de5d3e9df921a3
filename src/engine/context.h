// What every worker of the engine works with. Made once, by Engine.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "engine/measures.h"
#include "ports/store.h"

namespace sideband {

struct RepairJob;

struct EngineContext {
  Store& store;
  const Clock& clock;
  Random& random;
  Measures& measures;
  std::string node;  // names this process in leases
  Duration lease = std::chrono::seconds(30);
  std::atomic<std::int64_t> lease_offset_us{0};  // store's lease clock minus our mono clock
  // Before that nothing may be claimed: a lease on a wrong clock ends at once, or never.
  std::atomic<bool> lease_clock_known{false};

  // Called after the commit that made it true; must return quickly.
  std::function<void(const Repair&)> repair_moved;
  std::function<void()> work_queued;
  std::function<void(RepairJob&&)> start_repair;  // that has a lease and perhaps its first intent
  std::function<void(const std::string& reconciler, std::vector<std::string> keys)> judge_anew;

  // Asks the store for its lease clock. Blocks.
  Result<void> read_lease_clock() {
    SB_ASSIGN(const std::int64_t now, store.lease_clock());
    lease_offset_us = now - clock.mono().time_since_epoch().count();
    lease_clock_known = true;
    return {};
  }
  [[nodiscard]] std::int64_t lease_now() const {
    return clock.mono().time_since_epoch().count() + lease_offset_us.load();
  }
};

}  // namespace sideband
