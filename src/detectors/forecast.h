// What the next value should be.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace sideband::detectors {

// Six forecasts beside each other: exponentially weighted means of the values, fast, medium and
// slow, each of the values themselves and of their distance from what is usual at that time. The
// one whose forecasts were nearest of late speaks. Fixed size. Not thread-safe; never blocks.
class Forecast {
 public:
  // `usual`: of this time in the season, where it is known.
  [[nodiscard]] std::optional<double> next(std::optional<double> usual) const;
  void learn(double value, std::optional<double> usual);
  // After a hole in the series: the next value is where all of them begin.
  void begin_anew();

  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.means_);
  }

 private:
  struct Mean {
    double level = 0;
    double error = 0;  // mean distance of its forecasts from what came
    std::int32_t forecasts = 0;
    bool begun = false;
    template <class Self, class Archive>
    static void each_member(Self& self, Archive& archive) {
      archive(self.level, self.error, self.forecasts, self.begun);
    }
  };
  static constexpr std::array<double, 3> kRates = {1.0, 0.3, 0.05};

  std::array<Mean, 2 * kRates.size()> means_{};  // plain and seasonal of each rate
};

}  // namespace sideband::detectors
