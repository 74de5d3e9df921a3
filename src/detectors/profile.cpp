#include "detectors/profile.h"

#include <algorithm>
#include <cmath>

namespace sideband::detectors {
namespace {

constexpr double kSeasonsKept = 7;
constexpr double kMostStep = 3;  // distances

float moved(float from, double to, double rate) {
  return static_cast<float>(from + rate * (to - from));
}

}  // namespace

Profile::Profile(Duration season, Duration interval) : season_(season) {
  const std::int64_t values = interval.count() > 0 ? season.count() / interval.count() : 0;
  const auto most = static_cast<std::int64_t>(kMostSlots);
  slots_.resize(values < 4 ? 1 : static_cast<std::size_t>(std::min(values, most)));
  values_of_slot_ = std::max(1.0, static_cast<double>(values) / static_cast<double>(slots()));
}

std::size_t Profile::slot_of(WallTime time) const {
  if (slots_.size() < 2) return 0;
  const std::int64_t season = season_.count();
  const std::int64_t into = ((time.time_since_epoch().count() % season) + season) % season;
  const double share = static_cast<double>(into) / static_cast<double>(season);
  const auto slot = static_cast<std::size_t>(share * static_cast<double>(slots_.size()));
  return std::min(slot, slots_.size() - 1);
}

void Profile::learn(WallTime time, double value, double surprise) {
  Slot& slot = slots_[slot_of(time)];
  const double most_seen = kSeasonsKept * values_of_slot_;
  const double rate = 1 / (std::min<double>(slot.seen, most_seen) + 1);
  if (slot.seen == 0) slot.level = static_cast<float>(value);
  double step = value - slot.level;
  const double far = kMostStep * slot.spread;
  if (seasons(slot) >= 2 && far > 0) step = std::clamp(step, -far, far);
  slot.level = moved(slot.level, slot.level + step, rate);
  slot.spread = moved(slot.spread, std::abs(step), rate);
  slot.surprise = moved(slot.surprise, surprise, rate);
  if (slot.seen < most_seen) ++slot.seen;
}

}  // namespace sideband::detectors
