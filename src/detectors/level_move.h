// How far the level of the last few values is from that of a longer time.
#pragma once

#include <cstdint>

namespace sideband::detectors {

// Two exponentially weighted means beside each other, of about 6 values and of a longer time; their
// distance, in terms of what it usually is. Finds a change that no single value of a noisy series
// shows. Fixed size. Not thread-safe; never blocks.
class LevelMove {
 public:
  // In terms of what is usual, of a size that is at least `least`. 0 until enough values are known.
  [[nodiscard]] double times_usual(double least) const;
  // `long_values`: how many values the longer mean is of. A value that is far out moves what is
  // usual by no more than a few times itself.
  void learn(double value, double long_values, double least);
  [[nodiscard]] bool known() const { return seen_ > kFewValues; }

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.short_, self.long_, self.usual_, self.seen_);
  }

 private:
  static constexpr std::int64_t kFewValues = 60;

  double short_ = 0;
  double long_ = 0;
  double usual_ = 0;  // mean distance of the two
  std::int64_t seen_ = 0;
};

}  // namespace sideband::detectors
