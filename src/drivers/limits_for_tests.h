// What tests of limits start from: limits, and a clock that moves only when told to.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/target_limiter.h"

namespace sideband {

class LimitsTest : public testing::Test {
 protected:
  TargetLimits limits(std::int64_t connections, std::int64_t reads, std::int64_t bytes = 0) {
    TargetLimits out;
    out.connections = connections;
    out.reads_per_second = reads;
    out.bytes_per_second = bytes;
    return out;
  }
  Deadline in(Duration timeout) { return {clock_, timeout}; }
  static std::vector<std::string> keys(std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = 1; i <= count; ++i) out.push_back(std::to_string(i));
    return out;
  }

  ManualClock clock_{WallTime()};
};

}  // namespace sideband
