// How many keys one command may ask for, so that it keeps the server busy for about 1 ms.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

#include "base/clock.h"

namespace sideband {

// Starts at 100 keys, follows what was measured, stays within 100 and 1,000. Thread-safe; a lost
// update only delays the adaptation.
class BatchSizer {
 public:
  static constexpr std::size_t kMin = 100;
  static constexpr std::size_t kMax = 1000;
  static constexpr Duration kBudget = std::chrono::milliseconds(1);

  [[nodiscard]] std::size_t size() const { return size_; }

  // `keys` were answered in `took`, the bare round trip not counted. Grows by at most a factor of
  // two.
  void record(std::size_t keys, Duration took) {
    const auto us = static_cast<std::size_t>(std::max<std::int64_t>(took.count(), 1));
    const std::size_t fits = keys * static_cast<std::size_t>(kBudget.count()) / us;
    size_ = std::clamp(std::min(fits, size_ * 2), kMin, kMax);
  }

 private:
  std::atomic<std::size_t> size_{kMin};
};

}  // namespace sideband
