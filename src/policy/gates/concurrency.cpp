#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_concurrency {

Reason evaluate(const Facts& facts) {
  const Fact<bool>& free = facts.place.room;
  if (!free.known()) return unknown_reason(GateId::kConcurrency, free.why());
  return reason_of(GateId::kConcurrency, *free);
}

std::string saw(const Reason& reason) {
  return reason.passed() ? "there is a place" : "another repair of this reconciler is running";
}

std::string opens(const Reason& /*reason*/) {
  return "a running repair of this reconciler ends";
}

}  // namespace of_concurrency
}  // namespace

GateSpec concurrency_gate() {
  return {GateId::kConcurrency,
          {Phase::kPlace},
          ReleasedBy::kNobody,
          OnRefusal::kWait,
          "May another repair of this reconciler run now?",
          of_concurrency::evaluate,
          of_concurrency::saw,
          of_concurrency::opens};
}

}  // namespace sideband
