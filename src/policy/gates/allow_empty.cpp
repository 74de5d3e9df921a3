#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_allow_empty {

Reason evaluate(const Facts& facts) {
  if (facts.plan.undo || facts.settings.detect.allow_empty) {
    return reason_of(GateId::kAllowEmpty, true).with(Evidence::of("asked", "no"));
  }
  const bool seen = facts.source.condition == SourceCondition::kEmpty;
  const bool emptied = !facts.plan.whole && facts.plan.deletes > 0 && facts.plan.desired.known() &&
                       *facts.plan.desired == 0;
  return reason_of(GateId::kAllowEmpty, !seen && !emptied);
}

std::string saw(const Reason& reason) {
  if (reason.find("asked") != nullptr) return "an empty desired side is believed here";
  return reason.passed() ? "the desired side is not empty"
                         : "the desired side is empty, which deletes nothing here";
}

std::string opens(const Reason& /*reason*/) {
  return "a scan that finds items, or detect.allowEmpty: true, if empty is really meant";
}

}  // namespace of_allow_empty
}  // namespace

GateSpec allow_empty_gate() {
  return {GateId::kAllowEmpty,
          {Phase::kDecide, Phase::kApply, Phase::kClaim, Phase::kStep},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Is the desired side empty, which is hardly ever meant?",
          of_allow_empty::evaluate,
          of_allow_empty::saw,
          of_allow_empty::opens};
}

}  // namespace sideband
