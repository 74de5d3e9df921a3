#include "model/silence.h"

#include <fmt/format.h>

#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_silence {

// What people ask for is theirs to answer for.
Reason evaluate(const Facts& facts) {
  if (!facts.silence) return reason_of(GateId::kSilence, true);
  const Silence& silence = *facts.silence;
  Reason reason = reason_of(GateId::kSilence, !facts.by_loop());
  reason.with(Evidence::of("silence", silence.id.text()));
  reason.with(Evidence::of("matches", silence.match.text()));
  reason.with(Evidence::of("by", silence.by)).with(Evidence::of("reason", silence.reason));
  return reason.with(Evidence::time("ends", silence.until));
}

std::string saw(const Reason& reason) {
  if (reason.find("silence") == nullptr) return "not silenced";
  return fmt::format("silenced until {} by {}: {}; of {}{}",
                     format_time(from_us(reason.number("ends"))), reason.text("by"),
                     reason.text("reason"), reason.text("matches"),
                     reason.passed() ? "; a person asks for this" : "");
}

std::string opens(const Reason& reason) {
  return fmt::format("{}; or sideband silence expire {}; or a person, by sideband apply",
                     format_time(from_us(reason.number("ends"))), reason.text("silence"));
}

}  // namespace of_silence
}  // namespace

GateSpec silence_gate() {
  return {GateId::kSilence,
          {Phase::kDecide, Phase::kClaim},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Did a person silence it for a while, so that the loop starts nothing by itself?",
          of_silence::evaluate,
          of_silence::saw,
          of_silence::opens};
}

}  // namespace sideband
