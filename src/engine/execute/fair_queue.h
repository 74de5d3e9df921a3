// The queue of repairs that have not begun: whose turn it is, and who waits for a place.
//
// Order is made when places are given, from what is queued at that moment, so nothing about it is
// stored: a restart or another node finds the same queue. Each node takes turns for itself.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "engine/runtime/reconciler_runtime.h"
#include "policy/fair_share.h"
#include "ports/store.h"

namespace sideband {

class JobHandlers;

// A flow of which so many were sent back by gates in a moment is left alone for the rest of it:
// else its whole queue would go round.
inline constexpr std::int64_t kMaxHeld = 64;
// Room of a flow that is not configured: one is claimed at a time, and told so.
inline constexpr std::int64_t kRoomOfUnknown = 1;

// What a claim found of the queue, for `FairQueue::commit_turn` once it is committed.
struct QueueReply {
  std::vector<QueuedFlow> flows;              // those that were asked for repairs
  std::map<std::string, std::int64_t> begun;  // repairs that began, by flow
  std::map<std::string, std::int64_t> held;   // that a gate sent back before they began
  std::set<std::string> full;                 // flows that had more queued than room, perhaps
  bool site_full = false;
};

// Thread-safe.
class FairQueue {
 public:
  // `clock` and `handlers` outlive the queue.
  FairQueue(const Clock& clock, const JobHandlers& handlers, CurrentSettings settings)
      : clock_(clock), handlers_(handlers), settings_(std::move(settings)) {}

  // How many of each reconciler's queued repairs may begin, at most `places` in all, by the places
  // that their gates and the site leave. Notes in `reply` who had to wait. Re-runnable.
  Result<std::vector<QueueTurn>> turns(StoreTx& store, std::int64_t places, QueueReply& reply) const
      SB_EXCLUDES(mutex_);
  // Guardrails.concurrency; 0 = no limit.
  [[nodiscard]] std::int64_t site_limit() const;
  // After the commit of the claim that `reply` is of.
  void commit_turn(const QueueReply& reply) SB_EXCLUDES(mutex_);
  // Whether somebody waits for the place of a repair of this reconciler that left it.
  bool waits_for(const std::string& reconciler) const SB_EXCLUDES(mutex_);

 private:
  struct Rest {
    MonoTime since;
    std::int64_t held = 0;
  };
  struct State {
    FairShare share;
    std::map<std::string, Rest> resting;
  };
  [[nodiscard]] State state() const SB_EXCLUDES(mutex_);
  [[nodiscard]] bool rests(const State& state, const std::string& name) const;

  // What the handler says of a name, with its owner's share.
  Result<QueuedFlow> flow_of(StoreTx& store, const Settings& settings,
                             const std::string& name) const;

  const Clock& clock_;
  const JobHandlers& handlers_;
  const CurrentSettings settings_;
  mutable Mutex mutex_;
  State state_ SB_GUARDED_BY(mutex_);
  std::set<std::string> full_ SB_GUARDED_BY(mutex_);
  bool site_full_ SB_GUARDED_BY(mutex_) = false;
};

// Whether a new repair may begin in passing, by Guardrails.concurrency: there is a place, and
// nobody waits for it.
Result<bool> may_skip_queue(StoreTx& store, std::int64_t site_limit);

}  // namespace sideband
