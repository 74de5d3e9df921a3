#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_declined {

// A plan that a person said no to is not brought up again by the loop; only a person may.
Reason evaluate(const Facts& facts) {
  if (!facts.declined_by.known()) {
    return unknown_reason(GateId::kDeclined, facts.declined_by.why());
  }
  const bool declined = !facts.declined_by->empty() && facts.by_loop();
  Reason reason = reason_of(GateId::kDeclined, !declined);
  if (!facts.declined_by->empty()) reason.with(Evidence::of("by", *facts.declined_by));
  return reason;
}

std::string saw(const Reason& reason) {
  if (reason.find("by") == nullptr) return "nobody declined this plan";
  return "this very plan was declined by " + reason.text("by") +
         (reason.passed() ? ", and a person asks for it now" : "");
}

std::string opens(const Reason& /*reason*/) {
  return "sideband apply, or another drift";
}

}  // namespace of_declined
}  // namespace

GateSpec declined_gate() {
  return {GateId::kDeclined,
          {Phase::kDecide, Phase::kApply},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Did a person say no to this very plan?",
          of_declined::evaluate,
          of_declined::saw,
          of_declined::opens};
}

}  // namespace sideband
