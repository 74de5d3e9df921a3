#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_review_by {

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

}  // namespace of_review_by
}  // namespace

GateSpec review_by_gate() {
  return {GateId::kReviewBy,
          {},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Was the playbook reviewed lately?",
          of_review_by::evaluate,
          of_review_by::saw,
          of_review_by::opens};
}

}  // namespace sideband
