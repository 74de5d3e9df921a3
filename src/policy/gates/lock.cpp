#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_lock {

Reason evaluate(const Facts& facts) {
  const Fact<bool>& free = facts.place.locked;
  if (!free.known()) return unknown_reason(GateId::kLock, free.why());
  return reason_of(GateId::kLock, *free);
}

std::string saw(const Reason& reason) {
  return reason.passed() ? "nobody else works on them" : "another repair works on these resources";
}

std::string opens(const Reason& /*reason*/) {
  return "the other repair ends, or sideband lock release";
}

}  // namespace of_lock
}  // namespace

GateSpec lock_gate() {
  return {GateId::kLock,
          {Phase::kPlace},
          ReleasedBy::kNobody,
          OnRefusal::kWait,
          "Does another repair work on the same resources?",
          of_lock::evaluate,
          of_lock::saw,
          of_lock::opens};
}

}  // namespace sideband
