// How fast a value changes, a second, over a window of time.
#pragma once

#include "detectors/limits.h"

namespace sideband::detectors {

// Keeps at most kSlots + 1 points of the window: below 2 KiB, however many come. Value-like; never
// blocks.
class RateOfChange {
 public:
  static const SettingTable& table();
  // kInvalid: as Limits::from, or a window that is not longer than nothing.
  static Result<RateOfChange> make(const Settings& settings);

  // Unknown until half of the window is covered by points.
  Finding judge(WallTime time, double value);
  Finding no_value(WallTime time);

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.limits_, self.kept_, self.last_, self.offset_, self.resets_);
  }

 private:
  static constexpr int kSlots = 64;
  struct Kept {
    WallTime time{};
    double value = 0;
    template <class Self, class Archive>
    static void each_member(Self& self, Archive& archive) {
      archive(self.time, self.value);
    }
  };

  RateOfChange(Limits limits, Duration window, bool counter)
      : limits_(limits), window_(window), counter_(counter) {}
  // The value of a counter as if it had never begun anew.
  double without_resets(double value);
  void keep(WallTime time, double value);

  Limits limits_;
  Duration window_;
  bool counter_;
  std::vector<Kept> kept_;  // of the window, one each slot, the oldest first
  double last_ = 0;         // value
  double offset_ = 0;       // what the counter had when it began anew, all together
  std::int64_t resets_ = 0;
};

}  // namespace sideband::detectors
