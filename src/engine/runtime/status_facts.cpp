#include "engine/runtime/status_facts.h"

#include <algorithm>

#include "engine/decide/gate_state.h"

namespace sideband {

Result<StatusFacts> gather_status(StoreReader& store, const ReconcilerSettings& settings,
                                  const ChannelStatus& runtime, WallTime now) {
  StatusFacts facts{.now = now,
                    .settings = settings,
                    .problem = runtime.problem,
                    .head = {},
                    .pause = {},
                    .good_look = runtime.good_look};
  SB_ASSIGN(const auto head, store.head(settings.name));
  facts.head = head.value_or(ReconcilerHead{});
  facts.good_look = std::max(facts.good_look, facts.head.scanned_at);
  SB_ASSIGN(facts.pause, load_pause(store, settings.name));
  RepairFilter filter;
  filter.reconciler = settings.name;
  filter.active_only = true;
  SB_ASSIGN(const auto repairs, store.repairs(filter));
  for (const Repair& repair : repairs) {
    if (repair.state == RepairState::kAwaitingApproval) {
      ++facts.awaiting;
    } else {
      ++facts.at_work;
    }
  }
  return facts;
}

}  // namespace sideband
