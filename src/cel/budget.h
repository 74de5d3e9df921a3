// What one evaluation may cost: a count of steps, so that the same expression costs the same on
// every machine. Not thread-safe; one for each evaluation.
#pragma once

#include <cstdint>

#include "cel/value.h"

namespace sideband::cel {

// About 50 ms at the slowest.
inline constexpr std::uint64_t kDefaultCostLimit = 1'000'000;

class Budget {
 public:
  explicit Budget(std::uint64_t limit) : left_(limit) {}

  // Charges; false once more was charged than there was, and from then on.
  bool spend(std::uint64_t cost) {
    if (cost > left_) {
      left_ = 0;
      spent_out_ = true;
    } else {
      left_ -= cost;
    }
    return !spent_out_;
  }
  [[nodiscard]] bool spent_out() const { return spent_out_; }
  [[nodiscard]] std::uint64_t left() const { return left_; }
  // The error that ends an evaluation, which no `||` absorbs.
  static Value error() { return Value::error("the expression costs more than its limit"); }

 private:
  std::uint64_t left_;
  bool spent_out_ = false;
};

}  // namespace sideband::cel
