#include "engine/execute/repair_start.h"

#include "engine/decide/breaker_rows.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/fair_queue.h"

namespace sideband {

// Chunks of at most this many changes are read while claiming; larger ones by the worker.
static constexpr std::int64_t kInlineChanges = 64;

RangeLock lock_of(const RepairJob& job) {
  return {job.runtime->pool(), job.runtime->lock_scope, job.plan.low, job.plan.high, job.repair.id};
}

bool starts_inline(const RepairJob& job) {
  return job.plan.chunks == 1 && job.plan.counts.changes() <= kInlineChanges;
}

Result<void> charge_gates(StoreTx& store, RepairJob& job, WallTime now) {
  SB_TRY(charge_windows(store, *job.runtime, now, job.plan.counts));
  SB_ASSIGN(job.probe_changes, begin_probe(store, *job.runtime, job.repair, now));
  return {};
}

std::string other_changes(const Plan& plan) {
  return "its changes are not those of the plan " + plan.hash.substr(0, 12) +
         " that was judged: the store was changed by somebody else";
}

Result<void> open_first_step(StoreTx& store, EngineContext& context, RepairJob& job,
                             const std::string& salt, WallTime now) {
  job.loaded = true;
  // What has to succeed before is a step of its own, which the worker begins.
  if (job.runtime->settings.repair.before.is_set()) return {};
  const auto ends = cohorts_of(job);
  SB_TRY(open_step(store, context, job, ends.front(), salt, now));
  return {};
}

Result<bool> start_at_once(StoreTx& store, EngineContext& context, RepairJob& job,
                           const std::string& salt, WallTime now) {
  if (!starts_inline(job) || job.repair.state != RepairState::kQueued) return false;
  if (!context.lease_clock_known) return false;
  const ReconcilerRuntime& runtime = *job.runtime;
  SB_ASSIGN(const bool others, store.has_waiting(runtime.name()));
  if (others) return false;
  SB_ASSIGN(const bool room, store.has_room(runtime.name(), runtime.settings.gates.concurrency));
  if (!room) return false;
  SB_ASSIGN(const bool place, may_skip_queue(store, context.queue->site_limit()));
  if (!place) return false;
  SB_ASSIGN(const bool locked, store.try_lock(lock_of(job), true));
  if (!locked) return false;
  // The gates were asked by the decision, in this same transaction.
  SB_TRY(charge_gates(store, job, now));
  job.repair.state = RepairState::kRunning;
  SB_ASSIGN(job.repair.token, store.next_token());
  job.repair.lease_owner = context.node;
  job.lease = context.take_lease(job.repair);
  job.repair.started_at = now;
  job.fresh = true;
  SB_TRY(open_first_step(store, context, job, salt, now));
  job.fresh = false;
  return true;
}

}  // namespace sideband
