// What detectors are fed and what they answer. Plain values, safe to pass between threads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sideband::detectors {

// One look at a series. Without a value the series was looked at and had none: time passes, and
// nothing is known.
struct Point {
  WallTime time;
  std::optional<double> value;
};

// Unknown is neither: too few points yet, no value, paused.
enum class State : std::uint8_t { kUnknown, kClear, kFiring };
std::string_view state_name(State state);

// Why a detector answers what it does.
enum class Cause : std::uint8_t {
  kTooFewPoints,
  kNoValue,     // the point has none
  kNotFinite,   // the value is no finite number
  kOutOfOrder,  // the point is older than one before
  kDuplicate,   // the point has the time of the one before
  kWithin,      // inside of what is allowed, or as usual
  kAbove,
  kBelow,
  kPending,  // outside, for too short a time yet
  kHolding,  // not far enough or not long enough back inside
  kSilent,   // no value for too long
  kJump,     // one value far from what was to be expected
  kShift,    // the level is not that of other seasons
  kMove,     // the level is not that of about the last day
  kSpread,   // the values vary much more or much less than usual
  kPaused,   // by the detector's own health
  kCount,    // not a cause
};
std::string_view cause_name(Cause cause);

struct Evidence {
  const char* name = "";  // a literal
  double value = 0;
};

struct Why {
  Cause cause = Cause::kTooFewPoints;
  std::array<Evidence, 4> evidence{};
  std::size_t count = 0;  // of the evidence

  Why& with(const char* name, double value);
};
// "above: value=97, limit=90".
std::string why_text(const Why& why);

struct Finding {
  State state = State::kUnknown;
  double score = 0;  // from 0 to 1; the detector fires from 0.5 on
  Why why;
};

}  // namespace sideband::detectors
