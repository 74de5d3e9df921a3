#include "detectors/forecast.h"

#include <algorithm>
#include <cmath>

namespace sideband::detectors {
namespace {

constexpr std::int32_t kErrorMemory = 128;  // forecasts
constexpr std::int32_t kFewForecasts = 16;
constexpr double kMostErrors = 5;  // how far one surprise moves the mean of errors

}  // namespace

std::optional<double> Forecast::next(std::optional<double> usual) const {
  const Mean* best = nullptr;
  double base = 0;
  for (std::size_t i = 0; i < means_.size(); ++i) {
    const bool seasonal = i % 2 == 1;
    const Mean& mean = means_[i];
    if (!mean.begun || (seasonal && !usual)) continue;
    const bool judged = mean.forecasts >= kFewForecasts;
    if (best != nullptr && (!judged || mean.error >= best->error)) continue;
    best = &mean;
    base = seasonal ? *usual : 0;
  }
  if (best == nullptr) return std::nullopt;
  return base + best->level;
}

void Forecast::learn(double value, std::optional<double> usual) {
  for (std::size_t i = 0; i < means_.size(); ++i) {
    const bool seasonal = i % 2 == 1;
    if (seasonal && !usual) continue;
    Mean& mean = means_[i];
    const double own = seasonal ? value - *usual : value;
    if (!mean.begun) {
      mean.level = own;
      mean.begun = true;
      continue;
    }
    double error = std::abs(own - mean.level);
    if (mean.forecasts >= kFewForecasts) error = std::min(error, kMostErrors * mean.error);
    mean.error += (error - mean.error) / (mean.forecasts + 1);
    if (mean.forecasts < kErrorMemory) ++mean.forecasts;
    mean.level += kRates[i / 2] * (own - mean.level);
  }
}

void Forecast::begin_anew() {
  for (Mean& mean : means_) mean.begun = false;
}

}  // namespace sideband::detectors
