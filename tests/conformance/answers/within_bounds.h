// The bounds that hold whatever a target is or says.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "conformance/answers/in_time.h"
#include "conformance/answers/process_state.h"

namespace sideband {

// From when it is made: no more descriptors, not much more memory, and no call that was late. Used
// by one thread.
class WithinBounds {
 public:
  WithinBounds() {
    forget_peak();
    memory_ = peak_memory();
  }
  void expect() const {
    EXPECT_LE(open_descriptors(), descriptors_);
    EXPECT_LE(peak_memory(), memory_ + kMaxGrowth);
    for (const std::string& late : std::exchange(late_calls(), {})) ADD_FAILURE() << late;
  }
  // In KiB, beyond what there was.
  [[nodiscard]] std::size_t grown() const {
    return (peak_memory() - std::min(memory_, peak_memory())) / 1024;
  }

 private:
  static constexpr std::size_t kMaxGrowth = std::size_t{256} << 20;

  std::size_t descriptors_ = open_descriptors();
  std::size_t memory_ = 0;
};

}  // namespace sideband
