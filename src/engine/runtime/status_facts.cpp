#include "engine/runtime/status_facts.h"

#include <algorithm>

#include "engine/decide/breaker_rows.h"
#include "engine/decide/gate_state.h"
#include "engine/decide/gather_facts.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

constexpr std::int64_t kRecentRepairs = 20;

// What the last whole look counted as different, and the repair that it made has put right since.
// The next look may be far away.
Result<void> take_off_repaired(StoreReader& store, const std::string& reconciler,
                               ReconcilerHead& head) {
  if (head.open <= head.waiting()) return {};
  RepairFilter filter;
  filter.reconciler = reconciler;
  filter.limit = kRecentRepairs;
  SB_ASSIGN(const auto repairs, store.repairs(filter));
  for (const Repair& repair : repairs) {
    if (repair.state != RepairState::kConverged || repair.ended_at < head.scanned_at) continue;
    SB_ASSIGN(const auto plan, store.plan(repair.plan));
    if (!plan || !plan->whole || plan->observed_at != head.scanned_at) continue;
    head.open = std::max(head.waiting(), head.open - repair.changed - repair.already_there);
  }
  return {};
}

}  // namespace

Result<StatusFacts> gather_status(StoreReader& store, const ReconcilerSettings& settings,
                                  const ChannelStatus& runtime, WallTime now) {
  StatusFacts facts{.now = now,
                    .settings = settings,
                    .problem = runtime.problem,
                    .head = {},
                    .pause = {},
                    .good_look = runtime.good_look,
                    .last_look = runtime.last_look};
  SB_ASSIGN(const auto head, store.head(settings.name));
  facts.head = head.value_or(ReconcilerHead{});
  facts.good_look = std::max(facts.good_look, facts.head.scanned_at);
  SB_TRY(take_off_repaired(store, settings.name, facts.head));
  SB_ASSIGN(facts.pause, load_pause(store, pause_keys(settings), facts.head.source_scope));
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
    const bool refused = repair.refused_since != WallTime();
    const bool longer = !facts.refused || repair.refused_since < facts.refused->refused_since;
    if (refused && longer) facts.refused = repair;
  }
  SB_ASSIGN(facts.silence, load_silence(store, settings, now));
  if (settings.gates.breaker.is_set()) {
    SB_ASSIGN(facts.breaker, load_breaker(store, facts.head.scope));
  }
  SB_ASSIGN(auto throttles, load_throttles(store, settings, facts.head.source_scope));
  for (ThrottleState& one : throttles) {
    if (!one.text.empty()) facts.throttles.push_back(std::move(one.text));
  }
  if (runtime.signals == nullptr) return facts;
  SB_ASSIGN(const auto signals, gather_signals(store, settings, facts.head.source_scope,
                                               runtime.signals->numbers(), now));
  Reason said = judge_signals(signals);
  if (!said.passed()) facts.signal = std::move(said);
  return facts;
}

}  // namespace sideband
