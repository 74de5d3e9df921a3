#include <fmt/format.h>

#include "base/units.h"
#include "policy/breaker.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_circuit_breaker {

// Half-open: the first one that comes tries whether it may close.
void add_probe(Reason& reason, const BreakerSettings& settings, const Breaker& breaker) {
  reason.with(Evidence::count("probeChanges", settings.probe));
  if (!breaker.probe.empty()) reason.with(Evidence::of("probe", breaker.probe.text()));
}

// Taking a repair back is no try of the fix, and may be what people do about it.
Reason evaluate(const Facts& facts) {
  const BreakerSettings& settings = facts.settings.gates.breaker;
  if (!settings.is_set()) return reason_of(GateId::kCircuitBreaker, true);
  if (facts.plan.undo) {
    return reason_of(GateId::kCircuitBreaker, true).with(Evidence::of("undo", "yes"));
  }
  if (!facts.breaker.known()) {
    return unknown_reason(GateId::kCircuitBreaker, facts.breaker.why());
  }
  const Breaker& breaker = *facts.breaker;
  const BreakerState state = breaker_state(breaker, facts.now);
  const bool tries = state == BreakerState::kHalfOpen && breaker.probe.empty();
  Reason reason = reason_of(GateId::kCircuitBreaker, state == BreakerState::kClosed || tries);
  const BreakerCount count = breaker_count(breaker, settings);
  reason.with(Evidence::of("state", std::string(breaker_state_name(state))));
  reason.with(Evidence::count("failed", count.failed)).with(Evidence::count("of", count.ended));
  if (state == BreakerState::kClosed) {
    return reason.with(Evidence::count("limit", settings.failures));
  }
  if (breaker.failed_probes > 0) {
    reason.with(Evidence::count("failedProbes", breaker.failed_probes));
  }
  reason.with(Evidence::of("reconciler", facts.reconciler));
  reason.with(Evidence::time("since", breaker.opened_at));
  reason.with(Evidence::time("halfOpens", half_opens_at(breaker)));
  add_probe(reason, settings, breaker);
  return reason;
}

std::string failed_text(const Reason& reason) {
  return fmt::format("{} of the last {} repair(s) failed", reason.number("failed"),
                     reason.number("of"));
}

std::string saw(const Reason& reason) {
  if (reason.find("undo") != nullptr) return "an undo passes it";
  const std::string state = reason.text("state");
  if (state.empty()) return "no circuit breaker set";
  if (state == "closed") {
    return fmt::format("closed: {}, it opens at {}", failed_text(reason), reason.number("limit"));
  }
  std::string text = state == "open" ? "open since " : "half-open, opened at ";
  text += format_time(from_us(reason.number("since"))) + ": " + failed_text(reason);
  if (reason.find("failedProbes") != nullptr) {
    text += fmt::format(", and {} probe(s) since", reason.number("failedProbes"));
  }
  if (state == "open") return text;
  const std::string probe = reason.text("probe");
  if (!probe.empty()) return text + "; repair " + probe + " is the probe";
  return fmt::format(
      "{}; this repair is the probe, its first {} change(s) are validated before "
      "the others",
      text, reason.number("probeChanges"));
}

std::string opens(const Reason& reason) {
  const std::string reset =
      fmt::format("sideband resume {} --close-breaker --reason WHY", reason.text("reconciler"));
  if (reason.passes == Truth::kUnknown) return "a look at what is kept of it in the store";
  if (!reason.text("probe").empty()) {
    return "the end of repair " + reason.text("probe") + ", if that is a good one; or " + reset;
  }
  return fmt::format(
      "{}, when one repair is let through as a probe, its first {} change(s) "
      "validated before the others; or {}",
      format_time(from_us(reason.number("halfOpens"))), reason.number("probeChanges"), reset);
}

}  // namespace of_circuit_breaker
}  // namespace

GateSpec circuit_breaker_gate() {
  return {GateId::kCircuitBreaker,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Did so many of its last repairs fail that it has to stop trying?",
          of_circuit_breaker::evaluate,
          of_circuit_breaker::saw,
          of_circuit_breaker::opens};
}

}  // namespace sideband
