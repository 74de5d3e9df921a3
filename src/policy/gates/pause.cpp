#include <fmt/format.h>

#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_pause {

// Taking a repair back is what a pause would ask for.
Reason evaluate(const Facts& facts) {
  if (!facts.pause) return reason_of(GateId::kPause, true);
  Reason reason = reason_of(GateId::kPause, facts.plan.undo);
  reason.with(Evidence::of("paused", pause_text(facts.pause->pause)));
  reason.with(Evidence::of("scope", facts.pause->scope.key()));
  return reason;
}

std::string saw(const Reason& reason) {
  if (reason.find("paused") == nullptr) return "not paused";
  const PauseScope scope = PauseScope::of_key(reason.text("scope"));
  const bool named = scope.kind == PauseScope::Kind::kName;
  const std::string what = (named ? std::string() : scope.text() + ", ") + reason.text("paused");
  return (reason.passed() ? "paused, which an undo passes: " : "paused: ") + what;
}

std::string opens(const Reason& reason) {
  const std::string words = PauseScope::of_key(reason.text("scope")).words();
  return words.empty() ? "sideband resume" : "sideband resume " + words;
}

}  // namespace of_pause
}  // namespace

GateSpec pause_gate() {
  return {GateId::kPause,
          {Phase::kDecide, Phase::kApply, Phase::kClaim, Phase::kStep},
          ReleasedBy::kNobody,
          OnRefusal::kWait,
          "Did a person pause this reconciler, its owner, one of its targets, or everything?",
          of_pause::evaluate,
          of_pause::saw,
          of_pause::opens};
}

}  // namespace sideband
