#include <fmt/format.h>

#include "policy/gates/specs.h"
#include "policy/pause_rule.h"

namespace sideband {
namespace {
namespace of_pause_when {

Reason about(const SignalFact& fact, Reason reason) {
  const PauseRule& rule = fact.rule;
  reason.with(Evidence::of("signal", rule.signal));
  // What a rule came to is kept a moment before the value that it came from is told: one that would
  // open it is an older one.
  const bool older = fact.hold.known() && fact.hold->holding && fact.value.known() &&
                     (rule.above ? *fact.value <= rule.opens_at() : *fact.value >= rule.opens_at());
  if (fact.value.known() && !older) {
    reason.with(Evidence::of("value", number_text(rule, *fact.value)));
  }
  reason.with(Evidence::of("threshold", threshold_text(rule)));
  reason.with(Evidence::of("clear", clear_text(rule)));
  reason.with(Evidence::of("then", std::string(pause_action_name(rule.action))));
  return reason;
}

Reason unknown(const SignalFact& fact, const std::string& why) {
  return about(fact, unknown_reason(GateId::kPauseWhen, "signal " + fact.rule.signal + ": " + why));
}

// Without a reading that counts now nobody knows, whatever was found last: nothing is taken back
// for want of data.
Reason judged(const SignalFact& fact) {
  if (!fact.value.known()) return unknown(fact, fact.value.why());
  if (!fact.hold.known()) return unknown(fact, fact.hold.why());
  if (!fact.hold->unknown.empty()) return unknown(fact, fact.hold->unknown);
  if (!fact.hold->holding) return about(fact, reason_of(GateId::kPauseWhen, true));
  return about(fact, reason_of(GateId::kPauseWhen, false))
      .with(Evidence::time("since", fact.hold->since));
}

// What says more of what becomes of a repair comes first.
int weight(const SignalFact& fact, const Reason& reason) {
  if (reason.passed()) return 0;
  if (reason.passes == Truth::kUnknown) return 1;
  return fact.rule.action == PauseAction::kHold ? 2 : 3;
}

// Taking a repair back may be what brings the signal down again.
Reason evaluate(const Facts& facts) {
  if (!facts.plan.undo) return judge_signals(facts.signals);
  return reason_of(GateId::kPauseWhen, true).with(Evidence::of("undo", "yes"));
}

std::string saw(const Reason& reason) {
  if (reason.find("undo") != nullptr) return "an undo passes it";
  if (reason.find("signal") == nullptr) return "no signal is looked at";
  const std::string value = reason.text("value");
  std::string text = "signal " + reason.text("signal");
  text += value.empty() ? " crossed its threshold" : " is " + value;
  if (reason.passed()) return text + ", not held back by " + reason.text("threshold");
  return fmt::format("{}, held back by {} since {} (then: {})", text, reason.text("threshold"),
                     format_time(from_us(reason.number("since"))), reason.text("then"));
}

std::string opens(const Reason& reason) {
  if (reason.passes == Truth::kUnknown) return "a reading of signal " + reason.text("signal");
  return fmt::format("signal {} is {}", reason.text("signal"), reason.text("clear"));
}

}  // namespace of_pause_when
}  // namespace

Reason judge_signals(const std::vector<SignalFact>& signals) {
  Reason worst = reason_of(GateId::kPauseWhen, true);
  int most = 0;
  for (const SignalFact& fact : signals) {
    Reason reason = of_pause_when::judged(fact);
    const int found = of_pause_when::weight(fact, reason);
    if (found < most || (found == most && worst.find("signal") != nullptr)) continue;
    most = found;
    worst = std::move(reason);
  }
  return worst;
}

GateSpec pause_when_gate() {
  return {GateId::kPauseWhen,
          {Phase::kDecide, Phase::kApply, Phase::kClaim, Phase::kStep},
          ReleasedBy::kNobody,
          OnRefusal::kWait,
          "Does a signal say that now is no time for repairs?",
          of_pause_when::evaluate,
          of_pause_when::saw,
          of_pause_when::opens};
}

}  // namespace sideband
