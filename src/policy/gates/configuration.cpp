#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_configuration {

Reason evaluate(const Facts& facts) {
  return reason_of(GateId::kConfiguration, facts.plan.current);
}

std::string saw(const Reason& reason) {
  return reason.passed() ? "planned under the configuration in force"
                         : "the configuration changed after the plan";
}

std::string opens(const Reason& /*reason*/) {
  return "the next scan, which plans anew";
}

}  // namespace of_configuration
}  // namespace

GateSpec configuration_gate() {
  return {GateId::kConfiguration,
          {Phase::kApply, Phase::kClaim},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Was the plan made under the configuration that is in force?",
          of_configuration::evaluate,
          of_configuration::saw,
          of_configuration::opens};
}

}  // namespace sideband
