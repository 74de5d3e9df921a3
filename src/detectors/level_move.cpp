#include "detectors/level_move.h"

#include <algorithm>
#include <cmath>

namespace sideband::detectors {
namespace {

constexpr double kShortValues = 6;
constexpr double kUsualMemory = 1000;  // values
constexpr double kMostUsual = 2;       // how far one value moves what is usual
constexpr double kMostStep = 4;        // the same, of the longer mean: an event is no new level

}  // namespace

double LevelMove::times_usual(double least) const {
  return known() ? std::abs(short_ - long_) / std::max(usual_, least) : 0;
}

void LevelMove::learn(double value, double long_values, double least) {
  if (seen_ == 0) short_ = long_ = value;
  short_ += 2 / (kShortValues + 1) * (value - short_);
  const double most = known() ? kMostStep * std::max(usual_, least) : std::abs(value - long_);
  long_ += 2 / (long_values + 1) * std::clamp(value - long_, -most, most);
  double distance = std::abs(short_ - long_);
  if (known()) distance = std::min(distance, kMostUsual * std::max(usual_, least));
  usual_ += (distance - usual_) / (std::min(static_cast<double>(seen_), kUsualMemory) + 1);
  ++seen_;
}

}  // namespace sideband::detectors
