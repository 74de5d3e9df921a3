// gates.throttle: how fast repairs may be while a signal says that what they touch suffers. Pure.
//
// Additive increase, multiplicative decrease, as TCP does it (RFC 5681): each reading beyond the
// threshold halves the rate, down to `least`; each good one gives back a twentieth of the whole. A
// reading that is missing counts as one beyond it. So does the beginning: it starts at `least`.
#pragma once

#include <string>

#include "model/kept_state.h"
#include "model/settings.h"
#include "policy/facts.h"

namespace sideband {

// What the next reading of the rule's signal makes of the rate; `before` is null where nothing is
// kept. `most`: gates.rateLimit.maxPerSecond.
Throttle next_throttle(const ThrottleRule& rule, std::int64_t most, const Throttle* before,
                       const Fact<double>& number, WallTime now);

// The rate that is allowed by what is kept, of a rate that may be configured anew.
std::int64_t throttled_rate(const ThrottleRule& rule, std::int64_t most, const Throttle* kept);

// Whether another node judged this very reading: one of an interval counts.
bool is_judged(const Throttle& kept, WallTime now, Duration interval);

// "5 of 500 changes a second since 2026-01-01T12:00:00Z: signal latency is 35ms, above 20ms".
std::string throttle_text(std::int64_t most, const Throttle& kept);

// The key by which it is kept: `scope` is what the reconciler protects.
std::string throttle_key(const std::string& scope, const ThrottleRule& rule);

}  // namespace sideband
