// What must hold when all faults are over and all work is done.
#include <fmt/format.h>

#include "policy/gates/gate.h"
#include "simulation/checks.h"

namespace sideband::sim {
namespace {

// P-18: what is desired is there, but for keys in quarantine.
Result<void> check_converged(Checks& checks, const Pair& pair, StoreReader& store) {
  SB_ASSIGN(const auto head, store.head(pair.reconciler));
  for (const auto& [key, want] : pair.desired->content()) {
    const Value is = pair.actual->now(key);
    SB_ASSIGN(const auto drifts, store.drifts(pair.reconciler, {key}));
    const auto& drift = drifts.front();
    if (is == Value(want) || (drift && drift->attempts >= kQuarantine)) continue;
    checks.violated(
        "P-18",
        fmt::format("{}/{} is {}, not {}; its drift is {} ({} attempts, until {}), held by: {}",
                    pair.reconciler, key, is.value_or("-"), want,
                    drift ? drift_state_name(drift->state) : "none", drift ? drift->attempts : 0,
                    drift ? format_time(drift->until) : "-",
                    head ? refusals_text(head->refusals) : ""));
  }
  return {};
}

// P-4, P-17, P-21: the log alone tells the state of every repair.
void check_repair(Checks& checks, const Repair& repair, const Story* story) {
  const std::string id = repair.id.text();
  const std::string state(repair_state_name(repair.state));
  if (!is_terminal(repair.state)) {
    return checks.violated("P-18", "repair " + id + " is still " + state + ": " + repair.note);
  }
  if (story == nullptr) return checks.violated("P-21", "the log does not know repair " + id);
  if (story->state != state) {
    checks.violated("P-21", "the log says " + story->state + ", the store " + state + " of " + id);
  }
  if (!repair.lease_owner.empty() && repair.lease_until > 0 && story->held && !story->ended) {
    checks.violated("P-18", "an ended repair holds a lease: " + id);
  }
  for (const auto& [seq, step] : story->steps) {
    if (step.outcomes != 1) {
      checks.violated("P-4",
                      fmt::format("step {} of repair {} has {} outcomes", seq, id, step.outcomes));
    }
  }
}

}  // namespace

void Checks::at_end() {
  const auto look = [&](StoreReader& store) -> Result<void> {
    RepairFilter all;
    all.limit = 1'000'000;
    SB_ASSIGN(const auto repairs, store.repairs(all));
    std::set<std::string> present;
    for (const Repair& repair : repairs) {
      const std::string id = repair.id.text();
      present.insert(id);
      const auto story = stories_.find(id);
      check_repair(*this, repair, story == stories_.end() ? nullptr : &story->second);
    }
    for (const auto& [name, pair] : pairs_) {
      SB_TRY(check_converged(*this, pair, store));
    }
    for (const std::string& id : poisonous_) {
      const std::string& state = stories_[id].state;
      if (state != "needs_human") violated("P-18", "poison, and a person is not asked: " + id);
    }
    for (const std::string& id : accepted_) {
      if (!present.contains(id)) violated("P-1", "accepted and lost: repair " + id);
    }
    return {};
  };
  if (!database_.look(look).ok()) violated("P-1", "the store cannot be read");
}

}  // namespace sideband::sim
