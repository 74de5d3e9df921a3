// What people may ask of repairs that are stuck: judge their resources anew, free their locks.
#include <limits>

#include "engine/commands/commands.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/records.h"
#include "ports/feed.h"

namespace sideband {
namespace {

Result<Repair> find_ended(StoreReader& store, const Uuid& id) {
  SB_ASSIGN(const auto repair, store.repair(id));
  if (!repair) return Error::not_found("there is no repair " + id.text());
  if (!is_terminal(repair->state)) {
    return Error::conflict("repair is " + std::string(repair_state_name(repair->state)) +
                           "; cancel it first, or wait for its end");
  }
  if (repair->state == RepairState::kConverged) {
    return Error::conflict("repair converged: there is nothing to do again");
  }
  return *repair;
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
    if (!row || row->state != DriftState::kCooling) continue;
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

Result<std::int64_t> Commands::retry(const Uuid& id, const std::string& by,
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
    store.stage_audit(switch_record("retry", id.text(), by, reason, now));
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

Result<std::int64_t> Commands::release_locks(const Uuid& id, const std::string& by,
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
    store.stage_audit(switch_record("unlock", id.text(), by, reason, now));
    return store.unlock(id);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.work_queued();
  return count;
}

}  // namespace sideband
