#include "policy/gates/cap.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_site_changes {

Reason evaluate(const Facts& facts) {
  static const MaxChanges kNone;
  const MaxChanges& limit = facts.guardrails == nullptr ? kNone : facts.guardrails->max_changes;
  return ask_cap(
      {GateId::kSiteMaxChanges, limit, facts.site_window, facts.plan.changes, share_base(facts)},
      facts.now);
}

}  // namespace of_site_changes
}  // namespace

GateSpec site_changes_gate() {
  return {GateId::kSiteMaxChanges,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kSecondPerson,
          OnRefusal::kSupersede,
          "Would more be changed in the window than the Guardrails of the site allow?",
          of_site_changes::evaluate,
          cap_saw,
          cap_opens};
}

}  // namespace sideband
