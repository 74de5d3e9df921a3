// A signal whose value a test sets.
#pragma once

#include <optional>
#include <string>

#include "base/mutex.h"
#include "ports/signal.h"

namespace sideband {

// What the signal says; any thread.
class Level {
 public:
  void set(double value) {
    const MutexLock lock(mutex_);
    SignalReading reading;
    reading.value = value;
    answer_ = reading;
  }
  void fail(Error error) {
    const MutexLock lock(mutex_);
    answer_ = std::move(error);
  }
  void answer_as(const TargetIdentity& who) {
    const MutexLock lock(mutex_);
    who_ = who;
  }
  Result<SignalReading> read(WallTime now) {
    const MutexLock lock(mutex_);
    ++reads_;
    if (!answer_.ok()) return answer_;
    SignalReading reading = *answer_;
    reading.measured_at = now;
    reading.identity = who_;
    return reading;
  }
  [[nodiscard]] int reads() const {
    const MutexLock lock(mutex_);
    return reads_;
  }

 private:
  mutable Mutex mutex_;
  Result<SignalReading> answer_ SB_GUARDED_BY(mutex_) = SignalReading{};
  std::optional<TargetIdentity> who_ SB_GUARDED_BY(mutex_);
  int reads_ SB_GUARDED_BY(mutex_) = 0;
};

class LevelSignal final : public Signal {
 public:
  LevelSignal(Level& level, const Clock& clock) : level_(level), clock_(clock) {}
  Result<SignalReading> read(Duration) override { return level_.read(clock_.wall()); }

 private:
  Level& level_;
  const Clock& clock_;
};

}  // namespace sideband
