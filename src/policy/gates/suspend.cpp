#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_suspend {

// What a person asks for is still done; a scan that somebody asked for is the loop's own matter.
Reason evaluate(const Facts& facts) {
  const bool stands_still = facts.settings.suspend && facts.by_loop();
  Reason reason = reason_of(GateId::kSuspend, !stands_still);
  if (facts.settings.suspend) reason.with(Evidence::of("asked", facts.requester));
  return reason;
}

std::string saw(const Reason& reason) {
  if (reason.find("asked") == nullptr) return "not suspended";
  return reason.passed() ? "suspended, and " + reason.text("asked") + " asked for it"
                         : "suspended by its configuration";
}

std::string opens(const Reason& /*reason*/) {
  return "suspend: false in its configuration, or sideband apply";
}

}  // namespace of_suspend
}  // namespace

GateSpec suspend_gate() {
  return {GateId::kSuspend,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kNobody,
          OnRefusal::kWait,
          "Does its configuration say that the loop leaves it alone?",
          of_suspend::evaluate,
          of_suspend::saw,
          of_suspend::opens};
}

}  // namespace sideband
