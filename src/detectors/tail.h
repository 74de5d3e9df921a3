// How improbable a number is, judged by those before it.
#pragma once

#include <array>
#include <cstdint>

namespace sideband::detectors {

// What is known of the large values of a stream of numbers >= 0, of any distribution. Values are
// counted in a histogram whose bins are an eighth of an octave wide, and old ones count less and
// less. Beyond the largest `share` of them, the tail is taken as the predictive distribution of an
// exponential excess (a generalized Pareto distribution, whose shape comes from the excesses and
// from how few they are): peaks over threshold, as in A. Siffer et al., "Anomaly detection in
// streams with extreme value theory", KDD 2017. With few values it is careful by itself.
//
// Fixed size, about 600 bytes. Not thread-safe; never blocks.
class Tail {
 public:
  // `share`: of the values that count as the tail. `memory`: after so many values an old one counts
  // for 1/e. `common`: what is common however rare it was; a fifth of it is the least width of the
  // tail.
  Tail(double share, double memory, double common)
      : share_(share), growth_(1 + 1 / memory), common_(common) {}

  // -log10 of the probability that a value like those before is above this one. 0 inside of what is
  // common, and where nothing is known.
  [[nodiscard]] double improbability(double value) const;
  // `weight`: as so many values.
  void learn(double value, double weight = 1);
  // A value that is far out as one just outside of what was seen: who learns that instead does not
  // take an event for usual at once.
  [[nodiscard]] double tamed(double value) const;
  // Values learnt, old ones counting less.
  [[nodiscard]] double count() const { return total_ / weight_; }

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.bins_, self.weight_, self.total_, self.since_fit_, self.edge_, self.excess_,
            self.shape_, self.beyond_);
  }

 private:
  static constexpr std::size_t kBins = 128;
  static std::size_t bin_of(double value);
  static double middle_of(std::size_t bin);
  void fit();

  double share_;
  double growth_;
  double common_;
  std::array<float, kBins> bins_{};
  double weight_ = 1;  // of the next value
  double total_ = 0;
  std::int32_t since_fit_ = 0;
  double edge_ = 0;    // where the tail begins
  double excess_ = 0;  // mean, of the tail beyond its edge
  double shape_ = 1;   // the inverse of the Pareto shape: large is light
  double beyond_ = 0;  // share of the values beyond the edge
};

}  // namespace sideband::detectors
