#include "engine/runtime/leader_lease.h"

#include "engine/execute/records.h"
#include "policy/decide.h"

namespace sideband {
Result<bool> acquire_leader_lease(StoreTx& store, const EngineContext& context, HeldLease& mine,
                                  WallTime now) {
  SB_ASSIGN(const auto leader, store.leader());
  const bool ours = leader && leader->owner == context.process;
  if (leader && !ours && leader->until >= context.lease_now()) return false;
  if (ours && !mine.due(context.clock.mono())) return true;
  std::int64_t until = 0;
  mine = context.take_lease(until);
  if (!ours) {
    store.stage_audit(switch_record("lead", context.process, std::string(kLoopIdentity),
                                    "signs and tidies up from now on", now));
  }
  SB_TRY(store.put_leader(LeaderRow{context.process, until}));
  return true;
}

Result<void> release_leader_lease(StoreTx& store, const EngineContext& context) {
  SB_ASSIGN(const auto leader, store.leader());
  const bool ours = leader && leader->owner == context.process;
  return ours ? store.put_leader({}) : Result<void>();
}

}  // namespace sideband
