#include "policy/gates/cap.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_max_changes {

Reason evaluate(const Facts& facts) {
  return ask_cap({GateId::kMaxChanges, facts.settings.gates.max_changes, facts.window,
                  facts.plan.changes, share_base(facts)},
                 facts.now);
}

}  // namespace of_max_changes
}  // namespace

GateSpec max_changes_gate() {
  return {GateId::kMaxChanges,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kSecondPerson,
          OnRefusal::kSupersede,
          "Would more be changed in the window than the reconciler allows?",
          of_max_changes::evaluate,
          cap_saw,
          cap_opens};
}

}  // namespace sideband
