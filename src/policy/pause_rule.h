// The rules of gates.pauseWhen: when a signal holds repairs back, with hysteresis. Pure.
//
// A rule closes once its threshold was crossed for `for`, and opens when the signal comes back to
// `clear`, so that a value which swings around the threshold does not open and close it each time.
// A signal without a reading neither closes nor opens it: whoever asks then does not know.
#pragma once

#include <string>
#include <string_view>

#include "policy/facts.h"

namespace sideband {

// What the rule came to at `now`; `before` is what it had come to, null where nothing is kept.
SignalHold next_hold(const PauseRule& rule, const SignalHold* before, const Fact<double>& value,
                     WallTime now);

// The key by which it is kept: `scope` is what the reconciler protects. Another threshold of the
// same rule goes on from where the former one stood.
std::string hold_key(const std::string& scope, const PauseRule& rule);

// Whether both are about the same: a reconciler's rule then stands in the place of the site's.
bool same_subject(const PauseRule& a, const PauseRule& b);
bool same_subject(const SignalCondition& a, const SignalCondition& b);

// "above 20ms", "below 90 %", "its detector".
std::string threshold_text(const SignalCondition& rule);
// Whether this number is beyond the threshold.
bool crosses(const SignalCondition& rule, double number);
// What the signal has to be before it opens: "at most 10ms", "clear".
std::string clear_text(const PauseRule& rule);
// The number that the rule compares: "12ms", "firing".
std::string number_text(const SignalCondition& rule, double number);
// "hold", "abort".
std::string_view pause_action_name(PauseAction action);

}  // namespace sideband
