// A lease as the node that holds it sees it: on its own monotonic clock, which neither another node
// nor a server can set. The store's clock says when others may take over; this one says when to
// stop, which is always earlier.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace sideband {

class HeldLease {
 public:
  // Held by nobody.
  HeldLease() = default;
  // `asked`: our clock before the store call that granted or renewed it; the answer may be late.
  HeldLease(MonoTime asked, Duration term) : asked_(asked), term_(term) {}

  // What is kept free before its end for what was already sent: a fifth, at least 2 s, or half of a
  // lease shorter than 4 s.
  [[nodiscard]] Duration margin() const {
    return std::max(term_ / 5, std::min<Duration>(std::chrono::seconds(2), term_ / 2));
  }
  // How long one may still act; 0 when that is too little to begin anything.
  [[nodiscard]] Duration time_to_act(MonoTime now) const {
    const Duration left = asked_ + term_ - margin() - now;
    return left > term_ / 10 ? left : Duration(0);
  }
  [[nodiscard]] bool over(MonoTime now) const { return time_to_act(now) == Duration(0); }
  // Wants to be renewed: a third of the time to act is gone.
  [[nodiscard]] bool due(MonoTime now) const { return now - asked_ >= (term_ - margin()) / 3; }

 private:
  MonoTime asked_;
  Duration term_{0};
};

}  // namespace sideband
