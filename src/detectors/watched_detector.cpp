#include "detectors/watched_detector.h"

#include <algorithm>

#include "detectors/state_text.h"

namespace sideband::detectors {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;
// A share of less time than this says nothing.
constexpr std::int64_t kLeastWatchedUs = 6 * kHourUs;

}  // namespace

std::string_view pause_reason_name(PauseReason reason) {
  static constexpr std::array<std::string_view, 5> kNames = {"", "errors", "stale", "noisy",
                                                             "byHand"};
  return kNames.at(static_cast<std::size_t>(reason));
}

template <class Self, class Archive>
void WatchedDetector::each_member(Self& self, Archive& archive) {
  archive(self.pauses_, self.errors_, self.errors_in_a_row_, self.now_, self.last_value_);
  archive(self.last_point_, self.was_firing_, self.calm_since_, self.hours_);
}

WallTime WatchedDetector::advance(WallTime at) {
  now_ = now_ ? std::max(*now_, at) : at;
  return *now_;
}

WatchedDetector::Hour& WatchedDetector::hour_of(WallTime at) {
  const std::int64_t number = at.time_since_epoch().count() / kHourUs;
  Hour& hour = hours_[static_cast<std::size_t>(std::max<std::int64_t>(number, 0)) % kHours];
  if (hour.number != number) hour = {number, 0, 0, 0};
  return hour;
}

std::int64_t WatchedDetector::fires() const {
  std::int64_t sum = 0;
  const std::int64_t newest = now_ ? now_->time_since_epoch().count() / kHourUs : 0;
  for (const Hour& hour : hours_) {
    if (newest - hour.number < static_cast<std::int64_t>(kHours)) sum += hour.fires;
  }
  return sum;
}

double WatchedDetector::firing_share() const {
  std::int64_t firing = 0, watched = 0;
  const std::int64_t newest = now_ ? now_->time_since_epoch().count() / kHourUs : 0;
  for (const Hour& hour : hours_) {
    if (newest - hour.number >= static_cast<std::int64_t>(kHours)) continue;
    firing += hour.firing_us;
    watched += hour.watched_us;
  }
  if (watched < kLeastWatchedUs) return 0;
  return static_cast<double>(firing) / static_cast<double>(watched);
}

// The time since the point before belongs to the state that it had.
void WatchedDetector::account(WallTime at, State state) {
  Hour& hour = hour_of(at);
  if (last_point_) {
    const std::int64_t passed = std::min((at - *last_point_).count(), kHourUs);
    hour.watched_us += passed;
    if (was_firing_) hour.firing_us += passed;
  }
  last_point_ = at;
  if (state == State::kFiring && !was_firing_) ++hour.fires;
  if (state != State::kUnknown) was_firing_ = state == State::kFiring;
}

void WatchedDetector::judge_noise(WallTime at) {
  if (fires() > limits_.most_fires || firing_share() > limits_.most_firing_share) {
    pause_for(PauseReason::kNoisy, at);
  }
}

void WatchedDetector::pause_for(PauseReason reason, WallTime at) {
  trouble(at);
  if (paused()) return;
  reason_ = reason;
  ++pauses_[static_cast<std::size_t>(reason)];
}

void WatchedDetector::end_pause(WallTime at) {
  reason_ = PauseReason::kNone;
  hours_ = {};
  errors_in_a_row_ = 0;
  last_value_ = at;
}

Finding WatchedDetector::observe(const Point& point) {
  const WallTime at = advance(point.time);
  look(at);
  const std::int64_t used = detector_.counts().used;
  own_answer_ = detector_.observe(point);
  account(at, own_answer_.state);
  if (was_firing_) trouble(at);
  if (detector_.counts().used > used) {
    last_value_ = at;
    errors_in_a_row_ = 0;
  }
  if (!paused()) judge_noise(at);
  if (!paused()) return own_answer_;
  return {State::kUnknown, 0, {Cause::kPaused}};
}

void WatchedDetector::fail(WallTime at) {
  at = advance(at);
  ++errors_;
  trouble(at);
  if (++errors_in_a_row_ >= limits_.most_errors) pause_for(PauseReason::kErrors, at);
}

void WatchedDetector::look(WallTime now) {
  now = advance(now);
  if (!last_value_) last_value_ = now;
  if (limits_.stale_after > Duration(0) && now - *last_value_ > limits_.stale_after) {
    pause_for(PauseReason::kStale, now);
  }
  const bool by_itself = reason_ != PauseReason::kByHand && limits_.quiet > Duration(0);
  if (paused() && by_itself && now - calm_since_ >= limits_.quiet) end_pause(now);
}

void WatchedDetector::pause(WallTime at) {
  pause_for(PauseReason::kByHand, advance(at));
  reason_ = PauseReason::kByHand;
}

void WatchedDetector::resume(WallTime at) {
  if (paused()) end_pause(advance(at));
}

std::string WatchedDetector::state() const {
  StateWriter writer;
  writer(static_cast<int>(reason_));
  each_member(*this, writer);
  return writer.text() + "\n" + detector_.state();
}

Result<void> WatchedDetector::restore(std::string_view state) {
  const std::size_t end = state.find('\n');
  WatchedDetector read = *this;
  StateReader reader(state.substr(0, end));
  int reason = 0;
  reader(reason);
  each_member(read, reader);
  if (end == std::string_view::npos || !reader.ok() || reason < 0 ||
      reason > static_cast<int>(PauseReason::kByHand)) {
    return Error::corrupt("the health of a detector is damaged; begin without it");
  }
  SB_TRY(read.detector_.restore(state.substr(end + 1)));
  read.reason_ = static_cast<PauseReason>(reason);
  *this = std::move(read);
  return {};
}

}  // namespace sideband::detectors
