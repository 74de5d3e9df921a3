#include "policy/pause_rule.h"

namespace sideband {
namespace {

bool clears(const PauseRule& rule, double value) {
  return rule.above ? value <= rule.opens_at() : value >= rule.opens_at();
}

bool same_direction(const SignalCondition& a, const SignalCondition& b) {
  return a.signal == b.signal && a.detected == b.detected &&
         a.above.has_value() == b.above.has_value();
}

}  // namespace

bool crosses(const SignalCondition& rule, double number) {
  return rule.above ? number > rule.above->value : number < rule.below->value;
}

SignalHold next_hold(const PauseRule& rule, const SignalHold* before, const Fact<double>& value,
                     WallTime now) {
  SignalHold next = before == nullptr ? SignalHold{.since = now} : *before;
  if (!value.known()) {
    if (next.unknown.empty()) next.unknown_since = now;
    next.unknown = value.why();
    return next;
  }
  next.unknown.clear();
  next.unknown_since = WallTime();
  if (next.holding) {
    if (!clears(rule, *value)) return next;
    next.holding = false;
    next.since = now;
    return next;
  }
  if (!crosses(rule, *value)) {
    next.crossed_since = WallTime();
    return next;
  }
  if (next.crossed_since == WallTime() || next.crossed_since > now) next.crossed_since = now;
  if (now - next.crossed_since < rule.lasting) return next;
  next.holding = true;
  next.since = now;
  next.crossed_since = WallTime();
  return next;
}

std::string hold_key(const std::string& scope, const PauseRule& rule) {
  const char* const by = rule.detected ? "\ndetected\n" : rule.above ? "\nabove\n" : "\nbelow\n";
  return scope + "\n" + rule.signal + by + std::string(pause_action_name(rule.action));
}

bool same_subject(const PauseRule& a, const PauseRule& b) {
  return same_direction(a, b) && a.action == b.action;
}

bool same_subject(const SignalCondition& a, const SignalCondition& b) {
  return same_direction(a, b);
}

std::string threshold_text(const SignalCondition& rule) {
  if (rule.detected) return "its detector";
  return (rule.above ? "above " : "below ") +
         format_quantity(rule.threshold().value, rule.threshold().unit);
}

std::string clear_text(const PauseRule& rule) {
  if (rule.detected) return "clear";
  return (rule.above ? "at most " : "at least ") +
         format_quantity(rule.opens_at(), rule.threshold().unit);
}

std::string number_text(const SignalCondition& rule, double number) {
  if (rule.detected) return number > rule.threshold().value ? "firing" : "clear";
  return format_quantity(number, rule.threshold().unit);
}

std::string_view pause_action_name(PauseAction action) {
  return action == PauseAction::kAbort ? "abort" : "hold";
}

}  // namespace sideband
