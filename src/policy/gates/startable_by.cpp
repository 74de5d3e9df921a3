#include "policy/gates/specs.h"

namespace sideband {
namespace {

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

}  // namespace

GateSpec startable_by_gate() {
  return {GateId::kStartableBy,
          {},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "May this person start the playbook?",
          evaluate,
          saw,
          opens};
}

}  // namespace sideband
