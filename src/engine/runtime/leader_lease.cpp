#include "engine/runtime/leader_lease.h"

#include <cstdlib>

#include "engine/execute/records.h"
#include "policy/decide.h"

namespace sideband {
namespace {

constexpr const char* kValue = "lead";

// "UNTIL OWNER", by the store's clock.
struct LeaderLease {
  std::int64_t until = 0;
  std::string owner;
};

Result<LeaderLease> read_leader_lease(StoreTx& store) {
  SB_ASSIGN(const auto text, store.value(kValue));
  const std::size_t space = text ? text->find(' ') : std::string::npos;
  if (space == std::string::npos) return LeaderLease();
  return LeaderLease{std::atoll(text->c_str()), text->substr(space + 1)};
}

}  // namespace

Result<bool> acquire_leader_lease(StoreTx& store, const EngineContext& context, HeldLease& mine,
                                  WallTime now) {
  SB_ASSIGN(const LeaderLease lead, read_leader_lease(store));
  const bool ours = lead.owner == context.process;
  if (!ours && lead.until >= context.lease_now()) return false;
  if (ours && !mine.due(context.clock.mono())) return true;
  std::int64_t until = 0;
  mine = context.take_lease(until);
  if (!ours) {
    store.stage_audit(switch_record("lead", context.process, std::string(kLoopIdentity),
                                    "signs and tidies up from now on", now));
  }
  SB_TRY(store.put_value(kValue, std::to_string(until) + " " + context.process));
  return true;
}

Result<void> release_leader_lease(StoreTx& store, const EngineContext& context) {
  SB_ASSIGN(const LeaderLease lead, read_leader_lease(store));
  return lead.owner == context.process ? store.erase_value(kValue) : Result<void>();
}

}  // namespace sideband
