#include "policy/gates/cap.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {

Reason evaluate(const Facts& facts) {
  static const MaxChanges kNone;
  const MaxChanges& limit = facts.guardrails == nullptr ? kNone : facts.guardrails->max_changes;
  return ask_cap(
      {GateId::kSiteMaxChanges, limit, facts.site_window, facts.plan.changes, share_base(facts)},
      facts.now);
}

}  // namespace

GateSpec site_changes_gate() {
  return {GateId::kSiteMaxChanges,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kSecondPerson,
          OnRefusal::kSupersede,
          "Would more be changed in the window than the Guardrails of the site allow?",
          evaluate,
          cap_saw,
          cap_opens};
}

}  // namespace sideband
