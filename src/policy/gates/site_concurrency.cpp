#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_site_concurrency {

Reason evaluate(const Facts& facts) {
  const Fact<bool>& free = facts.place.site_room;
  if (!free.known()) return unknown_reason(GateId::kSiteConcurrency, free.why());
  return reason_of(GateId::kSiteConcurrency, *free);
}

std::string saw(const Reason& reason) {
  return reason.passed() ? "there is a place" : "the Guardrails let no more repairs run at once";
}

std::string opens(const Reason& /*reason*/) {
  return "a running repair ends";
}

}  // namespace of_site_concurrency
}  // namespace

GateSpec site_concurrency_gate() {
  return {GateId::kSiteConcurrency,
          {Phase::kPlace},
          ReleasedBy::kNobody,
          OnRefusal::kWait,
          "May another repair of the site run now?",
          of_site_concurrency::evaluate,
          of_site_concurrency::saw,
          of_site_concurrency::opens};
}

}  // namespace sideband
