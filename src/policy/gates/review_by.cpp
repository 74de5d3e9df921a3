#include "policy/gates/specs.h"

namespace sideband {
namespace {

// Asked where runs of playbooks are started, and in no phase of a reconciler's repair.
Reason evaluate(const Facts& /*facts*/) {
  return unknown_reason(GateId::kReviewBy, "asked of playbooks only");
}

std::string saw(const Reason& reason) {
  return reason.text("what");
}

std::string opens(const Reason& reason) {
  return reason.text("how");
}

}  // namespace

GateSpec review_by_gate() {
  return {GateId::kReviewBy,
          {},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Was the playbook reviewed lately?",
          evaluate,
          saw,
          opens};
}

}  // namespace sideband
