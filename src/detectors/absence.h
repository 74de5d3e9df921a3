// No value for too long.
#pragma once

#include "detectors/finding.h"
#include "detectors/settings.h"

namespace sideband::detectors {

// Fixed size, below 100 bytes. Value-like; never blocks.
class Absence {
 public:
  static const SettingTable& table();
  // kInvalid: no time is given.
  static Result<Absence> make(const Settings& settings);

  // Fires also with the value that ends too long a silence: whoever is fed by values alone, as a
  // file is, would never be told of it.
  Finding judge(WallTime time, double value);
  // Time passes. Unknown until it has passed once.
  Finding no_value(WallTime time);

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.since_, self.had_value_);
  }

 private:
  explicit Absence(Duration within) : within_(within) {}
  Finding judge_silence(WallTime time);

  Duration within_;
  std::optional<WallTime> since_;  // the last value, else the first look
  bool had_value_ = false;
};

}  // namespace sideband::detectors
