#include <fmt/format.h>

#include "policy/gates/specs.h"
#include "policy/pause_rule.h"

namespace sideband {
namespace {
namespace of_corroboration {

// "lag is 5, not above 20".
std::string said(const EvidenceFact& fact) {
  const SignalCondition& condition = fact.condition;
  if (!fact.value.known()) return condition.signal + " is not known: " + fact.value.why();
  const bool agrees = crosses(condition, *fact.value);
  return fmt::format("{} is {}, {}{}", condition.signal, number_text(condition, *fact.value),
                     agrees ? "" : "not ", threshold_text(condition));
}

struct Count {
  std::int64_t agree = 0;
  std::int64_t unknown = 0;
  std::string others;  // what those that do not agree say
};

Count count(const std::vector<EvidenceFact>& evidence) {
  Count out;
  for (const EvidenceFact& fact : evidence) {
    const bool agrees = fact.value.known() && crosses(fact.condition, *fact.value);
    if (agrees) ++out.agree;
    if (!fact.value.known()) ++out.unknown;
    if (!agrees) out.others += (out.others.empty() ? "" : "; ") + said(fact);
  }
  return out;
}

// What is not known agrees with nobody, and may be what was missing.
Reason evaluate(const Facts& facts) {
  const CorroborationSettings& wanted = facts.settings.detect.signals;
  if (!wanted.is_set()) return reason_of(GateId::kCorroboration, true);
  if (facts.plan.undo) {
    return reason_of(GateId::kCorroboration, true).with(Evidence::of("undo", "yes"));
  }
  const Count found = count(facts.evidence);
  const bool enough = found.agree >= wanted.require;
  const bool open = !enough && found.agree + found.unknown >= wanted.require;
  Reason reason = open ? unknown_reason(GateId::kCorroboration, found.others)
                       : reason_of(GateId::kCorroboration, enough);
  reason.with(Evidence::count("agree", found.agree));
  reason.with(Evidence::count("of", std::ssize(wanted.of)));
  reason.with(Evidence::count("require", wanted.require));
  return reason.with(Evidence::of("others", found.others));
}

std::string saw(const Reason& reason) {
  if (reason.find("undo") != nullptr) return "an undo passes it";
  if (reason.find("require") == nullptr) return "no signal has to agree";
  const std::string others = reason.text("others");
  return fmt::format("{} of {} signals agree, {} have to{}", reason.number("agree"),
                     reason.number("of"), reason.number("require"),
                     others.empty() ? "" : ": " + others);
}

std::string opens(const Reason& reason) {
  return fmt::format("{} of its signals say so at once", reason.number("require"));
}

}  // namespace of_corroboration
}  // namespace

GateSpec corroboration_gate() {
  return {GateId::kCorroboration,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kSecondPerson,
          OnRefusal::kSupersede,
          "Do as many signals say that something is wrong as have to?",
          of_corroboration::evaluate,
          of_corroboration::saw,
          of_corroboration::opens};
}

}  // namespace sideband
