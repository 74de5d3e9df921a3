#include "policy/gates/specs.h"

namespace sideband {
namespace {

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

}  // namespace

GateSpec on_failure_gate() {
  return {GateId::kOnFailure,
          {},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "What does the playbook say of a run that failed?",
          evaluate,
          saw,
          opens};
}

}  // namespace sideband
