#include "engine/commands/repair_commands.h"

#include <limits>

#include "engine/commands/lookups.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/event_log.h"
#include "engine/execute/job_handler.h"
#include "engine/execute/records.h"
#include "engine/execute/steps.h"
#include "ports/feed.h"

namespace sideband {
namespace {

// Whether it was called for, and nobody knows yet what became of it.
Result<bool> has_open_intent(StoreReader& store, const Repair& repair) {
  if (repair.started_at == WallTime()) return false;
  SB_ASSIGN(const auto steps, store.steps(repair.id, repair.next_step, 1));
  return !steps.empty() && steps.front().state == StepState::kIntent;
}

Result<Repair> find_ended(StoreReader& store, const Uuid& id) {
  SB_ASSIGN(Repair repair, find_repair(store, id));
  if (!is_terminal(repair.state)) {
    return Error::conflict("repair is " + std::string(repair_state_name(repair.state)) +
                           "; cancel it first, or wait for its end");
  }
  if (repair.state == RepairState::kConverged) {
    return Error::conflict("repair converged: there is nothing to do again");
  }
  return repair;
}

// Sets the drifts of one chunk that rest to open, as if no repair of them had failed yet.
Result<std::vector<std::string>> wake_chunk(StoreTx& store, const Repair& repair,
                                            std::int64_t chunk) {
  SB_ASSIGN(const std::string bytes, store.chunk(repair.plan, chunk));
  SB_ASSIGN(const auto changes, decode_changes(bytes));
  std::vector<std::string> keys;
  for (const Change& change : changes) keys.push_back(change.key);
  SB_ASSIGN(const auto rows, store.drifts(repair.reconciler, keys));
  std::vector<Drift> woken;
  keys.clear();
  for (const auto& row : rows) {
    if (!row || !row->rests()) continue;
    Drift drift = *row;
    drift.state = DriftState::kOpen;
    drift.attempts = 0;
    drift.until = WallTime();
    keys.push_back(drift.key);
    woken.push_back(std::move(drift));
  }
  SB_TRY(store.put_drifts(repair.reconciler, woken));
  return keys;
}

// A plan that was declined is not brought up again, until somebody asks for it.
Result<void> forget_decline(StoreTx& store, const Repair& repair, const std::string& hash) {
  SB_ASSIGN(const std::string by, declined_by(store, repair.reconciler, hash));
  return by.empty() ? Result<void>() : store.put_declined(repair.reconciler, {});
}

}  // namespace

Result<Repair> RepairCommands::cancel(const Uuid& id, const Principal& by,
                                      const std::string& reason, Cancel how) {
  const std::string& name = by.name();
  const bool at_once = how == Cancel::kAtOnce;
  Repair repair;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_TRY(store.lock_switches(SwitchLock::kExclusive));
    SB_ASSIGN(repair, find_repair(store, id));
    if (is_terminal(repair.state)) {
      return Error::conflict("repair has ended: " + std::string(repair_state_name(repair.state)));
    }
    const bool works =
        repair.state == RepairState::kCompensating || repair.state == RepairState::kValidating;
    const JobHandler& handler = context_.handlers->of(repair);
    const bool orphan = works && !handler.can_go_on(repair);
    if (repair.state == RepairState::kCompensating && !orphan) {
      return Error::conflict("repair is being taken back already; wait for its end");
    }
    if (repair.state == RepairState::kValidating && !orphan) {
      return Error::conflict("every change of the repair was made; take it back with undo");
    }
    SB_ASSIGN(const auto plan, store.plan(repair.plan));
    if (plan) SB_TRY(store.put_declined(repair.reconciler, DeclinedPlan{plan->hash, name}));
    const CancelRequest request{name, reason, at_once, now};
    const std::string why = cancel_text(request);
    SB_ASSIGN(const bool open, has_open_intent(store, repair));
    if (!open && !orphan && repair.state != RepairState::kRunning) {
      // A step in which only time passes, or a person works, has an intent too.
      const ChangeOutcome undone{Outcome::kFailed, false, why, Retry::kPerson};
      if (plan) SB_TRY(handler.close_open_step(store, repair, *plan, undone, name, now));
      return move_repair(store, repair, RepairState::kCancelled, why, name, now);
    }
    // Its worker ends it; where it waits for one, that one comes at once and only looks.
    store.stage_audit(
        switch_record(at_once ? "cancel-now" : "cancel", repair.id.text(), name, reason, now));
    SB_TRY(store.put_cancel(id, request));
    // Whoever has it, maybe on another node, keeps its lease; else the next claim ends it.
    if (orphan || repair.state == RepairState::kRunning) return {};
    repair.not_before = now;
    repair.lease_until = 0;
    return store.update_repair(repair);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.work_queued();
  if (at_once) context_.calls->stop(id);
  if (is_terminal(repair.state)) log_repair_ended(repair);
  context_.repair_moved(repair);
  return repair;
}

Result<std::int64_t> RepairCommands::retry(const Uuid& id, const Principal& by,
                                           const std::string& reason) {
  Repair repair;
  std::int64_t chunks = 0;
  const WallTime now = context_.clock.wall();
  const StoreFn ask = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(repair, find_ended(store, id));
    SB_ASSIGN(const auto plan, store.plan(repair.plan));
    if (!plan) return Error::conflict("its plan is gone: the next scan judges what it finds");
    chunks = plan->chunks;
    SB_TRY(forget_decline(store, repair, plan->hash));
    store.stage_audit(switch_record("retry", id.text(), by.name(), reason, now));
    return {};
  };
  SB_TRY(context_.store.run(Lane::kControl, ask));
  std::vector<std::string> keys;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    std::vector<std::string> woken;
    const StoreFn wake = [&](StoreTx& store) -> Result<void> {
      SB_ASSIGN(woken, wake_chunk(store, repair, chunk));
      return {};
    };
    SB_TRY(context_.store.run(Lane::kBulk, wake));
    keys.insert(keys.end(), woken.begin(), woken.end());
  }
  const auto count = static_cast<std::int64_t>(keys.size());
  if (keys.size() > kMaxWakeKeys) keys.clear();
  if (count > 0) context_.request_reevaluation(repair.reconciler, keys);
  return count;
}

Result<std::int64_t> RepairCommands::release_locks(const Uuid& id, const Principal& by,
                                                   const std::string& reason) {
  std::int64_t count = 0;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(const auto repair, store.repair(id));
    const bool held = repair && !repair->lease_owner.empty();
    if (held && repair->lease_until > context_.lease_now()) {
      return Error::conflict("a worker on node " + repair->lease_owner +
                             " is at work on it; cancel the repair, or wait for its lease to end");
    }
    SB_ASSIGN(const auto locks, store.locks(id, std::numeric_limits<std::int32_t>::max()));
    count = static_cast<std::int64_t>(locks.size());
    if (locks.empty()) return Error::not_found("repair " + id.text() + " holds no lock");
    store.stage_audit(switch_record("unlock", id.text(), by.name(), reason, now));
    return store.unlock(id);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.work_queued();
  return count;
}

}  // namespace sideband
