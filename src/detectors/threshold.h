// A value beyond a limit, for a time.
#pragma once

#include "detectors/limits.h"

namespace sideband::detectors {

// Fixed size, below 200 bytes. Value-like; never blocks.
class Threshold {
 public:
  static const SettingTable& table();
  // kInvalid: as Limits::from.
  static Result<Threshold> make(const Settings& settings);

  // Points come with rising times and finite values (detector.h sees to it).
  Finding judge(WallTime time, double value) { return limits_.judge(time, value); }
  Finding no_value(WallTime time);

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.limits_);
  }

 private:
  explicit Threshold(Limits limits) : limits_(limits) {}

  Limits limits_;
};

}  // namespace sideband::detectors
