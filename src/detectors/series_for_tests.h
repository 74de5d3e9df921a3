// Series made by a stated model with a seed, clean and with one labelled event.
//
// A series has a value every `step`: a level, plus a daily wave with its first harmonic, plus AR(1)
// noise (coefficient `ar`), plus independent noise, which is Gaussian or, where `heavy`, of
// Student's t with 3 degrees of freedom. `size` of an event is in terms of the standard deviation
// of the two kinds of noise together.
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/random.h"
#include "detectors/finding.h"

namespace sideband::detectors {

enum class Event { kNone, kSpike, kShift, kDrift, kWider, kLostSeason, kStuck, kDropped };

struct SeriesModel {
  const char* name = "";
  Duration step = std::chrono::minutes(5);
  int points = 6048;  // three weeks of five minutes
  double level = 100;
  double season = 0;  // amplitude of the daily wave
  double ar = 0.7;    // coefficient
  double ar_noise = 1;
  double noise = 1;
  bool heavy = false;
  bool scales = false;    // the noise grows with the wave
  double weekend = 1;     // factor of the wave on two of seven days
  double spikes = 0;      // share of the points that carry one, as a part of the clean series
  double spike_size = 0;  // standard deviations
  bool whole = false;     // values are rounded to whole numbers, and never negative
};

struct LabelledSeries {
  std::vector<Point> points;
  std::size_t begin = 0, end = 0;  // of the event; equal: there is none
};

// One generator of Gaussian numbers (the method of Box and Muller).
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : random_(seed) {}
  double next() {
    const double u = 1 - random_.fraction(), v = random_.fraction();
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
  }
  double heavy() {
    double squares = 0;
    for (int i = 0; i < 3; ++i) {
      const double each = next();
      squares += each * each;
    }
    return next() / std::sqrt(squares / 3);
  }
  double fraction() { return random_.fraction(); }

 private:
  SeededRandom random_;
};

inline double daily_wave(double days) {
  const double turn = 2 * std::numbers::pi * days;
  return std::sin(turn - 2) + 0.4 * std::sin(2 * turn);
}

struct EventModel {
  Event event = Event::kNone;
  double size = 0;         // standard deviations of the noise; of kWider: the factor
  double hours = 0;        // how long it lasts
  double delay_hours = 0;  // within which it has to be found
};

// The event begins at a random place in the second half.
inline LabelledSeries make_series(const SeriesModel& model, const EventModel& event,
                                  std::uint64_t seed) {
  Normal normal(seed * 7919 + 17);
  LabelledSeries made;
  const double step_days = std::chrono::duration<double>(model.step).count() / 86400;
  const auto length = static_cast<std::size_t>(event.hours / 24 / step_days + 0.5);
  const auto points = static_cast<std::size_t>(model.points);
  if (event.event != Event::kNone) {
    const double room = static_cast<double>(points / 2) - static_cast<double>(length) - 10;
    made.begin = points / 2 + static_cast<std::size_t>(room * normal.fraction());
    made.end = made.begin + std::max<std::size_t>(1, length);
  }
  const double ar_sd = model.ar_noise / std::sqrt(1 - model.ar * model.ar);
  const double sd = std::sqrt(ar_sd * ar_sd + (model.heavy ? 3 : 1) * model.noise * model.noise);
  double ar = ar_sd * normal.next(), stuck = 0;
  for (std::size_t i = 0; i < points; ++i) {
    const double days = static_cast<double>(i) * step_days;
    double wave = model.season * daily_wave(days);
    if (static_cast<int>(days) % 7 >= 5) wave *= model.weekend;
    ar = model.ar * ar + model.ar_noise * normal.next();
    double rest = ar + model.noise * (model.heavy ? normal.heavy() : normal.next());
    if (model.scales) rest *= 0.3 + 0.7 * (1 + daily_wave(days) / 1.3) / 2 * 2;
    if (normal.fraction() < model.spikes) rest += sd * model.spike_size * (0.5 + normal.fraction());
    const bool inside = i >= made.begin && i < made.end;
    const double into = inside ? static_cast<double>(i - made.begin + 1) /
                                     static_cast<double>(made.end - made.begin)
                               : 0;
    if (inside && event.event == Event::kWider) rest *= event.size;
    if (inside && event.event == Event::kLostSeason) wave = 0;
    double value = model.level + wave + rest;
    if (inside && (event.event == Event::kSpike || event.event == Event::kShift)) {
      value += event.size * sd;
    }
    if (inside && event.event == Event::kDrift) value += event.size * sd * into;
    if (inside && event.event == Event::kDropped) value = 0;
    if (inside && event.event == Event::kStuck) value = stuck;
    stuck = value;
    if (model.whole) value = std::max(0.0, std::round(value));
    made.points.push_back(
        {WallTime(Duration(1'767'225'600'000'000)) + static_cast<std::int64_t>(i) * model.step,
         value});
  }
  return made;
}

}  // namespace sideband::detectors
