// The circuit breaker of a reconciler: closed, open, half-open (M. Nygard, Release It!, 2007).
// Pure.
//
// It counts how the last repairs ended. Once enough of them failed it is open, and nothing begins.
// After a while it is half-open: one repair may try. Where that ends well the breaker is closed and
// counts from nothing; where it fails the breaker is open for twice as long.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/kept_state.h"
#include "model/repair.h"
#include "model/settings.h"

namespace sideband {

inline constexpr Duration kLongestOpen = std::chrono::hours(24);
// So many ends are remembered at most (gates.circuitBreaker.of).
inline constexpr std::int64_t kMaxEnds = 100;

enum class BreakerState : std::uint8_t { kClosed, kOpen, kHalfOpen };
std::string_view breaker_state_name(BreakerState state);  // "closed", "open", "half_open"

BreakerState breaker_state(const Breaker& breaker, WallTime now);
// From when on one repair may try; only of one that is not closed.
WallTime half_opens_at(const Breaker& breaker);

// Of the last `of` repairs that count: how many there are, and how many failed.
struct BreakerCount {
  std::int64_t ended = 0;
  std::int64_t failed = 0;
};
BreakerCount breaker_count(const Breaker& breaker, const BreakerSettings& settings);

// "3 of 5, open 10m, probe 10".
std::string breaker_text(const BreakerSettings& settings);

// Whether a repair that ended so failed. Nothing: it says nothing of the fix, because people or
// other plans ended it, or because it took another repair back.
std::optional<bool> end_failed(const Repair& repair);

// What becomes of it when `repair`, which had begun, ended.
Breaker breaker_after(Breaker breaker, const BreakerSettings& settings, const Repair& repair,
                      WallTime now);

// It was opened while the clock was ahead, by more than it is open for: it is open from now on.
// Says whether that was so. By less it may be another node's clock.
bool bring_back(Breaker& breaker, WallTime now);

}  // namespace sideband
