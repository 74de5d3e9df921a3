#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_on_failure {

// Asked where runs of playbooks are started, and in no phase of a reconciler's repair.
Reason evaluate(const Facts& /*facts*/) {
  return unknown_reason(GateId::kOnFailure, "asked of playbooks only");
}

std::string saw(const Reason& reason) {
  return reason.text("what");
}

std::string opens(const Reason& reason) {
  return reason.text("how");
}

}  // namespace of_on_failure
}  // namespace

GateSpec on_failure_gate() {
  return {GateId::kOnFailure,
          {},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "What does the playbook say of a run that failed?",
          of_on_failure::evaluate,
          of_on_failure::saw,
          of_on_failure::opens};
}

}  // namespace sideband
