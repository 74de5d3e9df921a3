// What is usual at each time of a season, such as a day.
#pragma once

#include <vector>

#include "base/clock.h"

namespace sideband::detectors {

// The season is cut into at most kMostSlots of equal time. Each keeps a mean of its values and of
// their distance to it, in which about the last seven seasons count; what is far from the usual
// moves the mean by no more than a few distances. Below 8 KiB. Not thread-safe; never blocks.
class Profile {
 public:
  static constexpr std::size_t kMostSlots = 288;

  struct Slot {
    float level = 0;
    float spread = 0;    // mean distance of the values from the level
    float surprise = 0;  // mean distance of the values from what was forecast
    std::int32_t seen = 0;
    template <class Self, class Archive>
    static void each_member(Self& self, Archive& archive) {
      archive(self.level, self.spread, self.surprise, self.seen);
    }
  };

  Profile() = default;
  // For values that come every `interval`. Without a season, or with one of less than four values,
  // there is one slot.
  Profile(Duration season, Duration interval);

  [[nodiscard]] std::size_t slots() const { return slots_.size(); }
  [[nodiscard]] const Slot& at(WallTime time) const { return slots_[slot_of(time)]; }
  // In how many seasons this slot was seen, about.
  [[nodiscard]] double seasons(const Slot& slot) const { return slot.seen / values_of_slot_; }
  // The value, and how far it was from its forecast.
  void learn(WallTime time, double value, double surprise);

  // The slots alone: what was made from the settings stays.
  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.slots_);
  }

 private:
  [[nodiscard]] std::size_t slot_of(WallTime time) const;

  Duration season_{0};
  double values_of_slot_ = 1;  // in one season
  std::vector<Slot> slots_;
};

}  // namespace sideband::detectors
