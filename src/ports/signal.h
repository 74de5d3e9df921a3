// The Signal port: "how is it going". One number or truth of a target, read now.
//
// Readings are plain values without callbacks, so that the same port can run in a remote agent.
// Implementations MUST be thread-safe, MUST honour the deadline of each call, MUST change nothing
// at the target, and MUST NOT retry by themselves.
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "model/target_identity.h"

namespace sideband {

struct SignalReading {
  // Finite. Durations in seconds, sizes in bytes, shares as 0 to 1, a truth as 1 or 0.
  double value = 0;
  // When the source says that it measured; where it does not say, when it was asked.
  WallTime measured_at;
  // Who answered, over the connection that the value came by; nothing where this kind of target
  // does not tell, or may not be asked.
  std::optional<TargetIdentity> identity = {};
};

class Signal {
 public:
  virtual ~Signal() = default;
  // Blocks on the target. kUnavailable, kTimeout and kPermission: it did not answer. Any other
  // error: what it answered is no reading, as no number, no row or several, NaN or infinity.
  virtual Result<SignalReading> read(Duration timeout) = 0;
};

// Whether `error` says that there was no answer, and not that the answer was none.
constexpr bool did_not_answer(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kTimeout;
}

}  // namespace sideband
