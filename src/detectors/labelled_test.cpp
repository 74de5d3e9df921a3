// How well events are found in labelled series, and how often clean ones are taken for one, with
// the settings that stand where none are given. The series are made by the models of
// series_for_tests.h; the detector was tuned on seeds below 2000 and is measured here on others.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "detectors/for_tests.h"
#include "detectors/series_for_tests.h"
#include "support/in_full.h"

namespace sideband::detectors {
namespace {

// From this score on a detection is strong enough to let a repair act.
constexpr double kStrong = 0.75;

std::uint64_t seeds() {
  return in_full() ? 60 : 8;
}

const std::vector<SeriesModel>& series_models() {
  using std::chrono::minutes;
  static const std::vector<SeriesModel> kModels = {
      {.name = "season", .season = 20},
      {.name = "small season", .season = 4},
      {.name = "no season"},
      {.name = "white noise", .ar = 0, .ar_noise = 0.01},
      {.name = "slow", .ar = 0.995, .ar_noise = 0.3, .noise = 0.5},
      {.name = "heavy tails", .season = 10, .heavy = true},
      {.name = "noise follows the season", .season = 20, .scales = true},
      {.name = "weekend", .season = 20, .weekend = 0.4},
      {.name = "spikes belong to it", .season = 6, .spikes = 0.01, .spike_size = 15},
      {.name = "each hour", .step = minutes(60), .points = 2000, .season = 20},
      {.name = "each minute", .step = minutes(1), .points = 20'000, .season = 20},
      {.name = "each half hour", .step = minutes(30), .points = 4000, .season = 30, .weekend = 0.5},
  };
  return kModels;
}

struct NamedEvent {
  const char* name;
  EventModel model;
};

const std::vector<NamedEvent>& event_models() {
  static const std::vector<NamedEvent> kEvents = {
      {"spike of 10", {Event::kSpike, 10, 0, 0}},
      {"shift by 6", {Event::kShift, 6, 24, 1}},
      {"drift to 8", {Event::kDrift, 8, 48, 40}},
      {"4 times wider", {Event::kWider, 4, 12, 6}},
      {"lost season", {Event::kLostSeason, 0, 24, 18}},
      {"stuck", {Event::kStuck, 0, 12, 8}},
      {"dropped to 0", {Event::kDropped, 0, 2, 1}},
  };
  return kEvents;
}

struct Beginning {
  std::size_t point;
  double score;
};

// Where it begins to fire.
std::vector<Beginning> detections(const LabelledSeries& series) {
  Detector detector = made("anomaly");
  std::vector<Beginning> found;
  bool firing = false;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const Finding finding = detector.observe(series.points[i]);
    if (finding.state == State::kFiring && !firing) found.push_back({i, finding.score});
    firing = finding.state == State::kFiring;
  }
  return found;
}

struct Score {
  int events = 0, found = 0, elsewhere = 0;
  double delay_hours = 0;
  [[nodiscard]] double recall() const { return static_cast<double>(found) / events; }
  [[nodiscard]] double precision() const {
    return found + elsewhere == 0 ? 1 : static_cast<double>(found) / (found + elsewhere);
  }
  void add(const Score& other) {
    events += other.events;
    found += other.found;
    elsewhere += other.elsewhere;
    delay_hours += other.delay_hours;
  }
  [[nodiscard]] std::string text() const {
    return fmt::format("recall {:.2f} precision {:.2f} delay {:.1f} h", recall(), precision(),
                       found == 0 ? 0 : delay_hours / found);
  }
};

// A detection belongs to an event until a day after its end: what returns to the usual is a change
// too.
Score score_of(const SeriesModel& model, const EventModel& event, std::uint64_t seed) {
  const LabelledSeries series = make_series(model, event, seed);
  const double hours = std::chrono::duration<double>(model.step).count() / 3600;
  Score score{.events = 1};
  for (const Beginning& each : detections(series)) {
    const double after =
        (static_cast<double>(each.point) - static_cast<double>(series.begin)) * hours;
    const double behind =
        (static_cast<double>(each.point) - static_cast<double>(series.end)) * hours;
    if (after < 0 || behind > 24) {
      ++score.elsewhere;
    } else if (after <= event.delay_hours && score.found == 0) {
      score.found = 1;
      score.delay_hours = after;
    }
  }
  return score;
}

bool fits(const SeriesModel& model, const EventModel& event) {
  return event.event != Event::kLostSeason || model.season >= 10;
}

TEST(Labelled, EightOfTenEventsAreFoundInTime) {
  Score all;
  for (const NamedEvent& event : event_models()) {
    Score sum;
    for (const SeriesModel& model : series_models()) {
      if (!fits(model, event.model)) continue;
      for (std::uint64_t seed = 5001; seed <= 5000 + seeds(); ++seed) {
        sum.add(score_of(model, event.model, seed));
      }
    }
    fmt::print("{:14} within {:4.0f} h: {}\n", event.name, event.model.delay_hours, sum.text());
    all.add(sum);
  }
  fmt::print("all {} series: {}\n", all.events, all.text());
  EXPECT_GE(all.recall(), 0.8);
  EXPECT_GE(all.precision(), 0.5);
}

TEST(Labelled, NothingStrongInCleanSeries) {
  std::size_t points = 0;
  for (const SeriesModel& model : series_models()) {
    int weak = 0;
    for (std::uint64_t seed = 6001; seed <= 6000 + 2 * seeds(); ++seed) {
      const LabelledSeries series = make_series(model, {}, seed);
      points += series.points.size();
      for (const Beginning& each : detections(series)) {
        ++weak;
        EXPECT_LT(each.score, kStrong) << model.name << " seed " << seed << " point " << each.point;
      }
    }
    if (weak > 0) fmt::print("{}: {} weak detections\n", model.name, weak);
  }
  fmt::print("{} clean points\n", points);
}

// examples/requests.csv, the series of the page: requests a second, every ten minutes of a week and
// a half, with three hours in which a third of them is gone.
TEST(Labelled, TheExampleIsWhatItsModelMakes) {
  const SeriesModel model = {.step = std::chrono::minutes(10),
                             .points = 1584,
                             .level = 300,
                             .season = 110,
                             .ar_noise = 6,
                             .noise = 5,
                             .whole = true};
  const LabelledSeries series = make_series(model, {Event::kShift, -15, 3, 0}, 7);
  std::string text = "timestamp,value\n";
  for (const Point& point : series.points) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(point.time);
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(seconds - day);
    text += fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:00,{}\n", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                        time.hours().count(), time.minutes().count(), *point.value);
  }
  const std::string path = SIDEBAND_SOURCE "/examples/requests.csv";
  if (std::getenv("SIDEBAND_WRITE_PAGES") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string there((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(there, text) << "write it again: SIDEBAND_WRITE_PAGES=1 sb_detectors_test";
}

}  // namespace
}  // namespace sideband::detectors
