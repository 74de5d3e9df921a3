#include "detectors/anomaly.h"

#include <algorithm>
#include <cmath>

namespace sideband::detectors {
namespace {

constexpr double kLargest = 1e30;  // values beyond it count as it: their profile is a float
constexpr std::int64_t kFewValues = 30;
constexpr double kLongMemory = 1000;   // values
constexpr double kMostSurprises = 8;   // how far one surprise moves the mean
constexpr double kMostDeviations = 2;  // the same, of the last values' mean distance
constexpr double kMostDistances = 5;   // of one value from the usual level, in the mean of them
constexpr double kLeastDeviation = 0.02;
constexpr double kDoubtful = 2;         // a block that is less probable may be part of an event,
constexpr double kDoubt = 0.25;         // and counts for so much
constexpr double kNoNoise = 1e-7;       // of the size: below it, a series is taken as constant
constexpr double kSmallChange = 5e-3;   // of the size: what a constant series may change by
constexpr double kLongMove = 12;        // windows
constexpr double kSeasonsForShift = 2;  // known, before a level is compared with them
constexpr double kBlocksToKnow = 20;
constexpr double kNear = 0.75;     // of the limit: what is as improbable keeps it firing
constexpr std::int64_t kHole = 4;  // intervals without a value after which nothing is forecast

double toward(double from, double to, double rate) {
  return from + rate * (to - from);
}

double long_rate(std::int64_t seen) {
  return 1 / (std::min(static_cast<double>(seen), kLongMemory) + 1);
}

}  // namespace

const SettingTable& Anomaly::table() {
  static const SettingTable kTable = {
      {"season", Form::kDuration, "24h", "after which time the values repeat; 0s: never"},
      {"learn", Form::kCount, "300", "values that are only learnt from, at the beginning"},
      {"improbability", Form::kNumber, "4.1", "N: fires below a probability of 1 in 10^N"},
  };
  return kTable;
}

Result<Anomaly> Anomaly::make(const Settings& settings) {
  SB_ASSIGN(const Duration season, settings.duration("season"));
  SB_ASSIGN(const std::int64_t learn, settings.count("learn"));
  SB_ASSIGN(const std::optional<double> improbability, settings.number("improbability"));
  if (learn < 50 || learn > 1'000'000'000) {
    return Error::invalid("learn is between 50 and 1000000000 values");
  }
  if (*improbability < 1 || *improbability > 100) {
    return Error::invalid("improbability is between 1 and 100");
  }
  return Anomaly(season, learn, *improbability);
}

void Anomaly::make_profile() {
  if (interval_ > 0) profile_ = Profile(season_, Duration(interval_));
}

void Anomaly::learn_interval(WallTime time) {
  if (interval_ > 0 || !last_) return;
  first_intervals_.push_back((time - *last_).count());
  if (first_intervals_.size() < kIntervals) return;
  std::sort(first_intervals_.begin(), first_intervals_.end());
  interval_ = std::max<std::int64_t>(1, first_intervals_[kIntervals / 2]);
  first_intervals_.clear();
  make_profile();
}

// A twelfth of a season: two hours of a day.
std::int64_t Anomaly::window() const {
  const auto slots = static_cast<std::int64_t>(profile_.slots());
  return slots < 2 ? 12 : std::clamp<std::int64_t>(slots / 12, 6, 24);
}

// In values; 0 without a season.
std::int64_t Anomaly::two_seasons() const {
  return profile_.slots() < 2 ? 0 : 2 * season_.count() / interval_;
}

double Anomaly::least_scale() const {
  const bool constant = surprise_ <= kNoNoise * size_;
  return std::max({(constant ? kSmallChange : kNoNoise) * size_, 0.5 * grain_, 1e-12});
}

// Without a season, the one slot says nothing of a time.
bool Anomaly::has_usual(const Profile::Slot& slot) const {
  return profile_.slots() > 1 && profile_.seasons(slot) >= 1;
}

double Anomaly::scale(const Profile::Slot& slot) const {
  const bool known = profile_.slots() > 1 && profile_.seasons(slot) >= kSeasonsForShift;
  const double usual = known ? 0.5 * (surprise_ + slot.surprise) : surprise_;
  return std::max(usual, least_scale());
}

std::array<double, Anomaly::kSlow> Anomaly::slow_numbers() const {
  const double least = 0.05 * std::max(surprise_, least_scale());
  const double wider = std::log((recent_surprise_ + least) / (surprise_ + least));
  const double shifted = std::abs(deviation_) / std::max(mean_deviation_, kLeastDeviation);
  return {shifted, move_.times_usual(least_move()), std::max(0.0, wider), std::max(0.0, -wider)};
}

void Anomaly::learn_slow(double surprise, double value, const Profile::Slot& slot) {
  const double rate = 2 / (static_cast<double>(window()) + 1);
  // The forecasts know the season now: they are better than they were, not the values calmer.
  if (seen_ == two_seasons()) surprise_ = recent_surprise_;
  recent_surprise_ = seen_ == 0 ? surprise : toward(recent_surprise_, surprise, rate);
  if (seen_ > kFewValues) surprise = std::min(surprise, kMostSurprises * scale(slot));
  surprise_ = toward(surprise_, surprise, long_rate(seen_));
  size_ = toward(size_, std::abs(value), long_rate(seen_));
  if (profile_.slots() < 2 || has_usual(slot)) {
    const double own = has_usual(slot) ? value - slot.level : value;
    move_.learn(own, kLongMove * static_cast<double>(window()), least_move());
  }
  if (profile_.seasons(slot) < kSeasonsForShift) return;
  const double distance = value - slot.level;
  spread_ = toward(spread_, std::min(std::abs(distance), kMostDistances * slot.spread),
                   long_rate(deviations_));
  const double usual = std::max(0.5 * (spread_ + slot.spread), least_scale());
  const double far = std::clamp(distance / usual, -kMostDistances, kMostDistances);
  deviation_ = toward(deviation_, far, rate);
  double size = std::abs(deviation_);
  if (deviations_ > kFewValues) size = std::min(size, kMostDeviations * mean_deviation_);
  mean_deviation_ = toward(mean_deviation_, size, long_rate(deviations_));
  ++deviations_;
}

void Anomaly::end_block(const std::array<double, kSlow>& numbers) {
  for (std::size_t i = 0; i < kSlow; ++i) most_[i] = std::max(most_[i], numbers[i]);
  if (++in_block_ < window() / 2) return;
  for (std::size_t i = 0; i < kSlow; ++i) {
    if ((i == kShifted && deviations_ <= window()) || (i == kMoved && !move_.known())) continue;
    const bool far = seen_ >= learn_ && blocks_[i].improbability(most_[i]) > kDoubtful;
    blocks_[i].learn(seen_ < learn_ ? most_[i] : blocks_[i].tamed(most_[i]), far ? kDoubt : 1);
  }
  most_ = {};
  in_block_ = 0;
}

Anomaly::Judged Anomaly::worst(double jump, const std::array<double, kSlow>& numbers) const {
  static constexpr std::array<Cause, kSlow> kCauses = {Cause::kShift, Cause::kMove, Cause::kSpread,
                                                       Cause::kSpread};
  Judged worst{Cause::kWithin, jump_.improbability(jump), jump};
  if (worst.improbability > 0) worst.cause = Cause::kJump;
  for (std::size_t i = 0; i < kSlow; ++i) {
    if (blocks_[i].count() < kBlocksToKnow) continue;
    if (i == kNarrower && seen_ < two_seasons() + window()) continue;
    double improbability = blocks_[i].improbability(numbers[i]);
    // Of a block; in terms of one value, as the jump is.
    if (improbability > 0) improbability += std::log10(static_cast<double>(window()) / 2);
    if (improbability <= worst.improbability) continue;
    worst = {kCauses[i], improbability, numbers[i]};
  }
  return worst;
}

Finding Anomaly::answer(const Judged& judged, double value, double expected) {
  const bool improbable = judged.improbability >= improbability_;
  quiet_ = judged.improbability >= kNear * improbability_ ? 0 : quiet_ + 1;
  if (improbable) firing_ = true;
  if (firing_ && quiet_ >= window()) firing_ = false;
  Finding found;
  found.state = firing_ ? State::kFiring : State::kClear;
  found.score = judged.improbability / (judged.improbability + improbability_);
  found.why.cause = improbable ? judged.cause : firing_ ? Cause::kHolding : Cause::kWithin;
  found.why.with("value", value)
      .with("expected", expected)
      .with("improbability", judged.improbability)
      .with("timesUsual", judged.seen);
  return found;
}

Finding Anomaly::judge(WallTime time, double given) {
  const double value = std::clamp(given, -kLargest, kLargest);
  learn_interval(time);
  if (interval_ > 0 && (time - *last_).count() / kHole > interval_) {
    forecast_.begin_anew();
  }
  last_ = time;
  if (interval_ == 0) return {};
  const double step = std::abs(value - value_);
  if (step > 0 && seen_ > 0) grain_ = grain_ > 0 ? std::min(grain_, step) : step;
  value_ = value;
  const Profile::Slot slot = profile_.at(time);
  const std::optional<double> usual =
      has_usual(slot) ? std::optional<double>(slot.level) : std::nullopt;
  const std::optional<double> expected = forecast_.next(usual);
  const double surprise = expected ? std::abs(value - *expected) : 0;
  const double jump = expected ? surprise / scale(slot) : 0;
  if (expected) learn_slow(surprise, value, slot);
  const auto numbers = slow_numbers();
  const Judged judged = worst(jump, numbers);
  // The first scales are those of a few values, and would leave improbable numbers for ever.
  if (seen_ >= kFewValues) {
    jump_.learn(seen_ < learn_ ? jump : jump_.tamed(jump));
    end_block(numbers);
  }
  forecast_.learn(value, usual);
  profile_.learn(time, value, surprise);
  if (++seen_ > learn_) return answer(judged, given, expected.value_or(value));
  Why why{Cause::kTooFewPoints};
  why.with("values", static_cast<double>(seen_)).with("learn", static_cast<double>(learn_));
  return {State::kUnknown, 0, why};
}

Finding Anomaly::no_value(WallTime /*time*/) {
  return {State::kUnknown, 0, {Cause::kNoValue}};
}

bool Anomaly::sound() const {
  const Profile expected(season_, Duration(interval_));
  return interval_ >= 0 && first_intervals_.size() < kIntervals &&
         profile_.slots() == (interval_ > 0 ? expected.slots() : 0) && seen_ >= 0;
}

}  // namespace sideband::detectors
