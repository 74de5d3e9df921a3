// The detector that the configuration of a Signal asks for.
#pragma once

#include "base/result.h"
#include "detectors/watched_detector.h"
#include "model/detection.h"
#include "model/settings.h"

namespace sideband {

// Of a signal whose `detector` is set. Its settings may be quantities: 20ms is 0.02. Pure.
// kInvalid: settings that such a detector cannot have, and what it has.
Result<detectors::WatchedDetector> make_detector(const SignalSettings& signal);

// One attempt to read the signal, as a detector hears of it.
struct HeardReading {
  // A value, or an answer that has none; nothing: nobody answered, so that nothing is known.
  std::optional<detectors::Point> point;
};

// What the detector says once it has heard `heard`. `before`: what it said last.
Detection hear(detectors::WatchedDetector& detector, const HeardReading& heard,
               const Detection& before, WallTime now);

}  // namespace sideband
