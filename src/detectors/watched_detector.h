// A detector that watches itself: one that gets no points, that cannot be fed, or that fires more
// than its noise budget allows, says so and is paused.
#pragma once

#include <array>
#include <string>

#include "detectors/detector.h"

namespace sideband::detectors {

enum class PauseReason : std::uint8_t { kNone, kErrors, kStale, kNoisy, kByHand };
// "errors", "stale", "noisy", "byHand", "".
std::string_view pause_reason_name(PauseReason reason);

struct HealthLimits {
  // Errors without a point between them.
  std::int64_t most_errors = 5;
  // Time without a point that has a value.
  Duration stale_after = std::chrono::minutes(15);
  // Over the last day: how often it may begin to fire, and for what share of the time.
  std::int64_t most_fires = 24;
  double most_firing_share = 0.5;
  // A pause ends by itself when for so long there was no error, no hole of `stale_after`, and the
  // detector, which goes on learning, did not fire. 0: by hand alone.
  Duration quiet = std::chrono::hours(1);
};

// A value. Used by one thread at a time; never blocks. Times come from the caller and never go
// back; an earlier one counts as the latest.
class WatchedDetector {
 public:
  WatchedDetector(Detector detector, const HealthLimits& limits)
      : detector_(std::move(detector)), limits_(limits) {}

  // Whether it fired when it last knew; also while it is paused.
  [[nodiscard]] bool firing() const { return was_firing_; }
  // The detector's answer; while paused unknown, for which kPaused is the cause.
  Finding observe(const Point& point);
  // The series could not be read.
  void fail(WallTime at);
  // Time passes without a point. What pauses is judged here too, so call it before trusting an
  // answer.
  void look(WallTime now);
  // By a person, who sees why and takes it as settled: counts begin anew.
  void pause(WallTime at);
  void resume(WallTime at);

  [[nodiscard]] bool paused() const { return reason_ != PauseReason::kNone; }
  [[nodiscard]] PauseReason reason() const { return reason_; }
  // How often it was paused for each reason, and all errors, since it was made.
  [[nodiscard]] std::int64_t pauses(PauseReason reason) const {
    return pauses_[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::int64_t errors() const { return errors_; }
  // Over the last day.
  [[nodiscard]] std::int64_t fires() const;
  [[nodiscard]] double firing_share() const;
  [[nodiscard]] const Detector& detector() const { return detector_; }
  // What the detector itself answered last, also while it is paused. A restart forgets it.
  [[nodiscard]] const Finding& own_answer() const { return own_answer_; }

  // As those of the detector, which they contain. The limits are the caller's.
  [[nodiscard]] std::string state() const;
  Result<void> restore(std::string_view state);

 private:
  static constexpr std::size_t kHours = 24;
  struct Hour {
    std::int64_t number = -1;  // since 1970
    std::int64_t fires = 0;
    std::int64_t firing_us = 0;
    std::int64_t watched_us = 0;
    template <class Self, class Archive>
    static void each_member(Self& self, Archive& archive) {
      archive(self.number, self.fires, self.firing_us, self.watched_us);
    }
  };

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive);
  WallTime advance(WallTime at);
  Hour& hour_of(WallTime at);
  void account(WallTime at, State state);
  void judge_noise(WallTime at);
  void pause_for(PauseReason reason, WallTime at);
  void trouble(WallTime at) { calm_since_ = at; }
  void end_pause(WallTime at);

  Detector detector_;
  HealthLimits limits_;
  Finding own_answer_;
  PauseReason reason_ = PauseReason::kNone;
  std::array<std::int64_t, 5> pauses_{};
  std::int64_t errors_ = 0;
  std::int64_t errors_in_a_row_ = 0;
  std::optional<WallTime> now_, last_value_, last_point_;
  bool was_firing_ = false;
  WallTime calm_since_{};
  std::array<Hour, kHours> hours_{};
};

}  // namespace sideband::detectors
