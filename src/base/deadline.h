// The moment until which a call may take, carried down through what it calls.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace sideband {

// A value; `clock` must outlive it. Thread-safe to read.
class Deadline {
 public:
  Deadline(const Clock& clock, Duration timeout) : clock_(&clock), end_(clock.mono() + timeout) {}

  [[nodiscard]] bool passed() const { return clock_->mono() >= end_; }
  // Never negative.
  [[nodiscard]] Duration left() const { return std::max(Duration(0), end_ - clock_->mono()); }
  // The same, rounded up to milliseconds for poll(2) and the like.
  [[nodiscard]] int left_ms() const {
    return static_cast<int>(std::min<std::int64_t>((left().count() + 999) / 1000, 1'000'000'000));
  }
  [[nodiscard]] const Clock& clock() const { return *clock_; }

 private:
  const Clock* clock_;
  MonoTime end_;
};

}  // namespace sideband
