// Values that are improbable by those before them.
#pragma once

#include <array>
#include <vector>

#include "detectors/finding.h"
#include "detectors/forecast.h"
#include "detectors/level_move.h"
#include "detectors/profile.h"
#include "detectors/settings.h"
#include "detectors/tail.h"

namespace sideband::detectors {

// Five numbers are taken of each value, and each is judged by its own distribution so far (tail.h):
// - jump: how far the value is from its forecast (forecast.h), in terms of how far values were of
//   late and at this time of the season (profile.h);
// - shift: how far the level of the last values is from that of other seasons at these times;
// - move: how far the level of the last few values is from that of about a day (level_move.h), in a
//   season beside what is usual at these times;
// - wider, narrower: how much more or less the last values surprise than the values before.
// It fires where one of them is less probable than 10^-improbability, and clears when none has been
// near that for about an hour of a day.
//
// Below 12 KiB, whatever the series; the state as a text is below 16 KiB. Value-like; never blocks.
class Anomaly {
 public:
  static const SettingTable& table();
  // kInvalid: a setting out of its range.
  static Result<Anomaly> make(const Settings& settings);

  Finding judge(WallTime time, double value);
  Finding no_value(WallTime time);

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.first_intervals_, self.interval_, self.last_, self.seen_, self.quiet_);
    archive(self.size_, self.grain_, self.value_, self.surprise_, self.recent_surprise_);
    archive(self.firing_);
    archive(self.spread_, self.deviation_, self.mean_deviation_, self.deviations_, self.in_block_);
    archive(self.most_, self.forecast_, self.move_, self.jump_, self.blocks_);
    if constexpr (requires { archive.ok(); }) self.make_profile();
    archive(self.profile_);
  }
  // Whether a state that was read can have been written by this detector.
  [[nodiscard]] bool sound() const;

 private:
  static constexpr std::size_t kIntervals = 16;
  enum Slow : std::size_t { kShifted, kMoved, kWider, kNarrower, kSlow };
  struct Judged {
    Cause cause = Cause::kWithin;
    double improbability = 0;
    double seen = 0;  // in terms of what is usual
  };

  Anomaly(Duration season, std::int64_t learn, double improbability)
      : season_(season), learn_(learn), improbability_(improbability) {}
  void make_profile();
  void learn_interval(WallTime time);
  [[nodiscard]] std::int64_t window() const;
  [[nodiscard]] std::int64_t two_seasons() const;
  [[nodiscard]] double least_scale() const;
  [[nodiscard]] double least_move() const { return 0.1 * least_scale(); }
  [[nodiscard]] bool has_usual(const Profile::Slot& slot) const;
  [[nodiscard]] double scale(const Profile::Slot& slot) const;
  [[nodiscard]] std::array<double, kSlow> slow_numbers() const;
  void learn_slow(double surprise, double value, const Profile::Slot& slot);
  void end_block(const std::array<double, kSlow>& numbers);
  [[nodiscard]] Judged worst(double jump, const std::array<double, kSlow>& numbers) const;
  Finding answer(const Judged& judged, double value, double expected);

  Duration season_;
  std::int64_t learn_;
  double improbability_;

  std::vector<std::int64_t> first_intervals_;  // microseconds, until the interval is known
  std::int64_t interval_ = 0;                  // microseconds between two values; 0: not known yet
  std::optional<WallTime> last_;
  std::int64_t seen_ = 0;   // values
  std::int64_t quiet_ = 0;  // values since one was improbable
  double size_ = 0;         // mean of the values' size
  double grain_ = 0;        // smallest step between two values that differ
  double value_ = 0;        // the last one
  double surprise_ = 0;     // mean distance from the forecasts, over a long time
  double recent_surprise_ = 0;
  bool firing_ = false;
  double spread_ = 0;          // mean distance of a value from what is usual, over a long time
  double deviation_ = 0;       // in terms of that: mean of the last values, with their sign
  double mean_deviation_ = 0;  // mean size of that, over a long time
  std::int64_t deviations_ = 0;
  std::int64_t in_block_ = 0;
  std::array<double, kSlow> most_{};  // of the block
  Forecast forecast_;
  LevelMove move_;
  Tail jump_{0.02, 4000, 1};
  // Neighbouring values of these are nearly the same, so the largest of each block of values
  // counts.
  std::array<Tail, kSlow> blocks_{Tail{0.1, 400, 1}, Tail{0.1, 400, 1}, Tail{0.1, 400, 0.2},
                                  Tail{0.1, 400, 0.2}};
  Profile profile_;
};

}  // namespace sideband::detectors
