#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_startable_by {

// Asked where runs of playbooks are started, and in no phase of a reconciler's repair.
Reason evaluate(const Facts& /*facts*/) {
  return unknown_reason(GateId::kStartableBy, "asked of playbooks only");
}

std::string saw(const Reason& reason) {
  return reason.text("what");
}

std::string opens(const Reason& reason) {
  return reason.text("how");
}

}  // namespace of_startable_by
}  // namespace

GateSpec startable_by_gate() {
  return {GateId::kStartableBy,
          {},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "May this person start the playbook?",
          of_startable_by::evaluate,
          of_startable_by::saw,
          of_startable_by::opens};
}

}  // namespace sideband
