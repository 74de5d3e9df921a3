// Limits with hysteresis on a number that changes: what threshold and rate of change have in
// common.
#pragma once

#include "base/result.h"
#include "detectors/finding.h"
#include "detectors/settings.h"

namespace sideband::detectors {

// Value-like; fixed size; never blocks.
class Limits {
 public:
  // From the settings above, below, clear and for. kInvalid: no limit, or limits that contradict.
  static Result<Limits> from(const Settings& settings);

  // The number at a time. It fires when the number has been outside at every point for the time
  // `for`, and clears when it is back inside by `clear`.
  Finding judge(WallTime time, double number);
  // At this time nothing was known: what was pending begins again, what fired is kept for the next
  // number.
  void forget_pending() { outside_since_.reset(); }

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.firing_, self.outside_since_);
  }

 private:
  [[nodiscard]] bool is_outside(double number) const;
  [[nodiscard]] bool is_back(double number) const;
  [[nodiscard]] Why why(Cause cause, double number) const;
  [[nodiscard]] Cause side_of(double number) const;

  std::optional<double> above_, below_, clear_;
  Duration for_{0};
  bool firing_ = false;
  std::optional<WallTime> outside_since_;
};

}  // namespace sideband::detectors
