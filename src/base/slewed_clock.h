// The wall clock of a daemon: the machine's, without its leaps. What counts and waits by it neither
// opens nor comes back when somebody sets the machine's clock.
#pragma once

#include "base/clock.h"
#include "base/mutex.h"

namespace sideband {

// To catch up with the machine's it goes faster or slower by one part in so many: a correction of a
// second, as time synchronization makes it, takes ten seconds.
inline constexpr std::int64_t kCatchUpPart = 10;

// From so much on somebody should know that the daemon's clock is not the machine's.
inline bool leapt(Duration gap) {
  return gap > std::chrono::seconds(10) || gap < -std::chrono::seconds(10);
}

// What the clock says `elapsed` after it said `before`, while the machine's says `system`. Never
// before `before`. Pure.
WallTime slewed_time(WallTime before, Duration elapsed, WallTime system);

// Starts with what the machine's clock says. Thread-safe; never blocks for long.
class SlewedClock final : public Clock {
 public:
  // `system` outlives it.
  explicit SlewedClock(const Clock& system)
      : system_(system), at_(system.mono()), said_(system.wall()) {}
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] MonoTime mono() const override { return system_.mono(); }
  [[nodiscard]] Duration gap() const override { return system_.wall() - wall(); }
  // Takes what the machine's says at once, also back: while nothing goes by it.
  void adopt();

 private:
  const Clock& system_;
  mutable Mutex mutex_;
  mutable MonoTime at_ SB_GUARDED_BY(mutex_);
  mutable WallTime said_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
