#include "detectors/tail.h"

#include <algorithm>
#include <cmath>

namespace sideband::detectors {
namespace {

constexpr double kLowest = 1.0 / 32;  // values below are counted as this
constexpr double kBinsOfOctave = 8;
constexpr std::int32_t kFitEvery = 8;
constexpr double kLightest = 30;  // of a shape: about exponential
constexpr double kHeaviest = 2.5;
constexpr double kLeastWidth = 0.4;  // of the tail, in terms of its edge
constexpr double kMostWeight = 1e20;
constexpr double kTameExcesses = 8;

}  // namespace

std::size_t Tail::bin_of(double value) {
  if (!(value > kLowest)) return 0;
  const double bin = 1 + std::floor(kBinsOfOctave * std::log2(value / kLowest));
  return static_cast<std::size_t>(std::min(bin, static_cast<double>(kBins - 1)));
}

double Tail::middle_of(std::size_t bin) {
  if (bin == 0) return 0;
  return kLowest * std::exp2((static_cast<double>(bin) - 0.5) / kBinsOfOctave);
}

double Tail::improbability(double value) const {
  if (!(value > edge_) || beyond_ <= 0) return 0;
  const double far = (value - edge_) / (shape_ * excess_);
  return -std::log10(beyond_) + shape_ * std::log1p(far) / std::log(10.0);
}

double Tail::tamed(double value) const {
  return excess_ > 0 ? std::min(value, edge_ + kTameExcesses * excess_) : value;
}

void Tail::learn(double value, double weight) {
  bins_[bin_of(value)] += static_cast<float>(weight * weight_);
  total_ += weight * weight_;
  weight_ *= growth_;
  if (weight_ > kMostWeight) {
    for (float& bin : bins_) bin = static_cast<float>(bin / weight_);
    total_ /= weight_;
    weight_ = 1;
  }
  if (++since_fit_ >= kFitEvery) fit();
}

// The edge is the lowest bin above which there is no more than the share of all.
void Tail::fit() {
  since_fit_ = 0;
  std::size_t bin = kBins - 1;
  double above = 0, sum = 0, squares = 0;
  while (bin > 0 && above + bins_[bin] <= share_ * total_) above += bins_[bin--];
  const double end_of_bin = kLowest * std::exp2(static_cast<double>(bin) / kBinsOfOctave);
  edge_ = std::max(end_of_bin, common_);
  for (std::size_t i = bin + 1; i < kBins; ++i) {
    const double far = std::max(0.0, middle_of(i) - edge_);
    sum += bins_[i] * far;
    squares += bins_[i] * far * far;
  }
  const double seen = above / weight_;  // number of excesses
  // One excess of the least width is imagined beside those that were seen.
  excess_ = (sum / weight_ + kLeastWidth * edge_) / (seen + 1);
  const double mean = above > 0 ? sum / above : 0;
  const double variance = above > 0 ? squares / above - mean * mean : 0;
  const double heavy = variance > 0 ? 0.5 * (1 - mean * mean / variance) : 0;
  const double shape = std::min(heavy > 0 ? 1 / heavy : kLightest, (seen + 1) / 2);
  shape_ = std::clamp(shape, kHeaviest, kLightest);
  beyond_ = std::max(above / total_, 0.5 / count());
}

}  // namespace sideband::detectors
