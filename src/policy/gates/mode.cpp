#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_mode {

Reason evaluate(const Facts& facts) {
  const Mode mode = facts.mode();
  const bool waits = mode == Mode::kPropose && facts.by_loop();
  return reason_of(GateId::kMode, mode != Mode::kObserve && !waits)
      .with(Evidence::of("mode", std::string(mode_name(mode))));
}

std::string saw(const Reason& reason) {
  const std::string mode = reason.text("mode");
  if (reason.passed()) return "mode " + mode;
  return "mode " + mode +
         (mode == mode_name(Mode::kObserve) ? " never acts" : " waits for a person");
}

std::string opens(const Reason& reason) {
  return reason.text("mode") == mode_name(Mode::kObserve) ? "mode: propose" : "sideband apply";
}

}  // namespace of_mode
}  // namespace

GateSpec mode_gate() {
  return {GateId::kMode,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "How far may it go by itself?",
          of_mode::evaluate,
          of_mode::saw,
          of_mode::opens};
}

}  // namespace sideband
