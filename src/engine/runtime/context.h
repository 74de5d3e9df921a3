// What every worker of the engine works with. Made once, by Engine.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "engine/decide/policy_board.h"
#include "engine/execute/held_lease.h"
#include "engine/execute/running_calls.h"
#include "engine/runtime/engine_metrics.h"
#include "engine/signals/signal_board.h"
#include "ports/store.h"

namespace sideband {

struct ReconcilerRuntime;
struct RepairJob;
class Backlog;
class FairQueue;
class JobHandlers;

struct EngineContext {
  Store& store;
  const Clock& clock;
  Random& random;
  EngineMetrics& measures;
  std::string node;  // names this process in leases
  Duration lease = std::chrono::seconds(30);
  // The store's lease clock minus our mono clock: at least, and at most. What lies between them is
  // how long the answer took.
  std::atomic<std::int64_t> clock_low_us{0};
  std::atomic<std::int64_t> clock_high_us{0};
  // Before that nothing may be claimed: a lease on a wrong clock ends at once, or never.
  std::atomic<bool> lease_clock_known{false};

  // This run of this process among all nodes of the store, and whether it is the only one.
  std::string process = {};
  bool sole = true;
  // Until when we lead, on our mono clock (engine/runtime/leader_lease.h).
  std::atomic<std::int64_t> lead_until_us{0};

  // Whether no reload has replaced it. One that was replaced concludes nothing and begins nothing.
  std::function<bool(const ReconcilerRuntime&)> in_force = {};
  // The store's clock, where it is that of all nodes.
  std::function<void(WallTime)> hear_time = {};
  // For how long a record of the audit log waits for its signature by now.
  std::function<Duration()> unsigned_for = [] { return Duration(0); };
  // Called after the commit that made it true; must return quickly.
  std::function<void(const Repair&)> repair_moved = {};
  std::function<void()> work_queued = {};
  // Who may begin next; made once, with this.
  FairQueue* queue = nullptr;
  Backlog* backlog = nullptr;
  // Operations that a cancel can end.
  std::shared_ptr<RunningCalls> calls = std::make_shared<RunningCalls>();
  // What signals said last.
  std::shared_ptr<SignalBoard> signals = std::make_shared<SignalBoard>();
  // What policies said last of plans that may begin.
  std::shared_ptr<PolicyBoard> policies = std::make_shared<PolicyBoard>();
  // What is particular to each kind of job; made once, with this.
  const JobHandlers* handlers = nullptr;
  // That has a lease and perhaps its first intent.
  std::function<void(RepairJob&&)> start_repair = {};
  std::function<void(const std::string& reconciler, std::vector<std::string> keys)>
      request_reevaluation = {};

  // kConflict: a reload replaced `runtime` while this work was under way.
  [[nodiscard]] Result<void> check_in_force(const ReconcilerRuntime& runtime) const {
    if (in_force(runtime)) return {};
    return Error::conflict(
        "the configuration was read again meanwhile, so that nothing was concluded; ask again");
  }
  // Asks the store for its lease clock. Blocks. kUnavailable: the answer took so long (a slow
  // server, a process that stood still) that it says too little.
  Result<void> read_lease_clock() {
    const std::int64_t asked = mono_us();
    SB_ASSIGN(const std::int64_t now, store.lease_clock());
    const std::int64_t answered = mono_us();
    if (Duration(answered - asked) > lease / 10) {
      return Error::unavailable("the store took too long to tell its clock");
    }
    clock_low_us = now - answered;
    clock_high_us = now - asked;
    if (!sole && store.tells_time()) hear_time(from_us(now + (answered - asked) / 2));
    lease_clock_known = true;
    return {};
  }
  [[nodiscard]] bool leads() const { return sole || mono_us() < lead_until_us.load(); }
  // By which others' leases are judged: never ahead of the store's clock.
  [[nodiscard]] std::int64_t lease_now() const { return mono_us() + clock_low_us.load(); }
  // A lease from now on: its end into the row, never short by the store's clock.
  [[nodiscard]] HeldLease take_lease(Repair& repair) const {
    return take_lease(repair.lease_until);
  }
  HeldLease take_lease(std::int64_t& until) const { return take_lease(until, lease); }
  // Long enough to act for `call` without renewing it.
  HeldLease take_lease_for(std::int64_t& until, Duration call) const {
    return take_lease(until, lease + call + call / 4);
  }
  HeldLease take_lease(std::int64_t& until, Duration term) const {
    const MonoTime now = clock.mono();
    until = now.time_since_epoch().count() + clock_high_us.load() + term.count();
    return {now, term};
  }

  [[nodiscard]] std::int64_t mono_us() const { return clock.mono().time_since_epoch().count(); }
};

}  // namespace sideband
