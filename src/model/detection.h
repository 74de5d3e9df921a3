// What the detector of a signal said, and how it is kept. Plain values, safe to pass between
// threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

enum class Detected : std::uint8_t { kUnknown, kClear, kFiring };
// "unknown", "clear", "firing".
std::string_view detected_name(Detected answer);

struct Detection {
  Detected answer = Detected::kUnknown;
  std::string why = {};     // with the numbers that it rests on
  std::string paused = {};  // the reason why its own health paused it; empty: it is not
  WallTime since = {};      // it has answered so
  WallTime at = {};         // it was asked
  bool operator==(const Detection&) const = default;
};

// For a restart, and for the other nodes: one of them feeds the detector.
struct KeptDetection {
  Detection last = {};
  std::string state = {};  // detectors::WatchedDetector::state
  bool operator==(const KeptDetection&) const = default;
};
std::string encode_detection(const KeptDetection& kept);
// kCorrupt on anything that encode_detection does not write.
Result<KeptDetection> decode_detection(std::string_view bytes);

}  // namespace sideband
