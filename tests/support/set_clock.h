// A machine whose time passes when a test says so, and whose wall clock people set.
#pragma once

#include "base/clock.h"

namespace sideband {

// What it says at first.
inline const WallTime kSetClockStart = from_us(1'800'000'000'000'000);

// Not thread-safe.
class SetClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return kSetClockStart + passed_ + set_; }
  [[nodiscard]] MonoTime mono() const override { return MonoTime(passed_); }
  void pass(Duration time) { passed_ += time; }
  void set(Duration by) { set_ += by; }

 private:
  Duration passed_{0};
  Duration set_{0};
};

}  // namespace sideband
