// What holds of every kind of detector, on many series.
#include "detectors/detector.h"

#include <gmock/gmock.h>

#include <limits>

#include "base/random.h"
#include "detectors/for_tests.h"
#include "detectors/series_for_tests.h"
#include "support/in_full.h"

namespace sideband::detectors {
namespace {

const std::vector<std::pair<std::string, Given>>& subjects() {
  static const std::vector<std::pair<std::string, Given>> kSubjects = {
      {"anomaly", {{"learn", "60"}}},
      {"anomaly", {{"season", "0s"}, {"learn", "50"}, {"improbability", "2"}}},
      {"anomaly", {{"season", "1h"}, {"improbability", "3"}}},
      {"threshold", {{"above", "103"}, {"clear", "101"}, {"for", "10m"}}},
      {"threshold", {{"above", "104"}, {"below", "96"}}},
      {"rate", {{"above", "0.004"}, {"window", "20m"}}},
      {"rate", {{"above", "0.1"}, {"window", "1h"}, {"counter", "true"}, {"for", "5m"}}},
      {"absence", {{"within", "9m"}}},
  };
  return kSubjects;
}

// A series with everything that can be wrong with one.
std::vector<Point> rough_series(std::uint64_t seed) {
  const SeriesModel model{.points = 1500, .season = 5};
  std::vector<Point> points = make_series(model, {Event::kShift, 6, 12, 0}, seed).points;
  SeededRandom random(seed);
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<std::optional<double>> odd = {
      std::nullopt, std::numeric_limits<double>::quiet_NaN(),
      infinite,     -infinite,
      1.7e308,      -1.7e308,
      5e-324,       0.0};
  for (Point& point : points) {
    const std::uint64_t dice = random.next() % 200;
    if (dice < odd.size()) point.value = odd[dice];
    if (dice == 20) point.time -= std::chrono::minutes(5);
    if (dice == 21) point.time -= std::chrono::hours(30);
    if (dice == 22) point.time += std::chrono::minutes(4);
    if (dice == 23) point.time = WallTime(Duration(0));
  }
  return points;
}

std::string exact(const Finding& found) {
  return std::string(state_name(found.state)) + " " + std::to_string(found.score) + " " +
         why_text(found.why);
}

TEST(EveryDetector, SameInputSameAnswersAndLaterPointsHaveNoSay) {
  for (const auto& [kind, settings] : subjects()) {
    for (std::uint64_t seed = 1; seed <= (in_full() ? 100 : 5); ++seed) {
      const std::vector<Point> points = rough_series(seed), other = rough_series(seed + 500);
      const std::size_t cut = 200 + seed * 13 % 1200;
      Detector whole = made(kind, settings), another = made(kind, settings);
      for (std::size_t i = 0; i < points.size(); ++i) {
        const Finding found = whole.observe(points[i]);
        if (i >= cut) continue;
        ASSERT_EQ(exact(found), exact(another.observe(points[i]))) << kind << " point " << i;
      }
      // From here on the other one gets another series: what it said before cannot change.
      for (std::size_t i = cut; i < other.size(); ++i) another.observe(other[i]);
    }
  }
}

TEST(EveryDetector, ARestartInTheMiddleChangesNothing) {
  for (const auto& [kind, settings] : subjects()) {
    for (std::uint64_t seed = 1; seed <= (in_full() ? 40 : 4); ++seed) {
      const std::vector<Point> points = rough_series(seed);
      Detector running = made(kind, settings), restarted = made(kind, settings);
      for (std::size_t i = 0; i < points.size(); ++i) {
        if (i % 97 == seed) {
          const std::string state = restarted.state();
          EXPECT_LT(state.size(), 16u * 1024) << kind;
          EXPECT_EQ(state.find('\n'), std::string::npos);
          restarted = made(kind, settings);
          ASSERT_TRUE(restarted.restore(state).ok()) << kind << " " << state;
          ASSERT_EQ(restarted.state(), state);
        }
        ASSERT_EQ(exact(running.observe(points[i])), exact(restarted.observe(points[i])))
            << kind << " seed " << seed << " point " << i;
      }
      EXPECT_EQ(running.state(), restarted.state());
    }
  }
}

TEST(EveryDetector, IsUnknownWhileItKnowsTooLittle) {
  for (const auto& [kind, settings] : subjects()) {
    Detector detector = made(kind, settings);
    EXPECT_EQ(detector.observe({at_second(0), std::nullopt}).state, State::kUnknown) << kind;
    EXPECT_EQ(detector.observe({at_second(1), std::numeric_limits<double>::quiet_NaN()}).state,
              State::kUnknown)
        << kind;
  }
  for (const std::string kind : {"anomaly", "rate"}) {
    Detector detector = made(kind, kind == "rate" ? Given{{"above", "1"}} : Given{});
    EXPECT_EQ(detector.observe({at_second(0), 1e9}).state, State::kUnknown) << kind;
  }
}

TEST(EveryDetector, PointsThatAreNoneNeverFireByThemselves) {
  for (const auto& [kind, settings] : subjects()) {
    Detector detector = made(kind, settings);
    const auto series = make_series({.points = 1200, .ar_noise = 0.1, .noise = 0.1}, {}, 3);
    // Up to a point at which it does not fire: what fires may go on.
    std::size_t fed = 0;
    State state = State::kFiring;
    while (fed < 900 || state == State::kFiring)
      state = detector.observe(series.points[fed++]).state;
    const WallTime last = series.points[fed - 1].time;
    const double infinite = std::numeric_limits<double>::infinity();
    const std::vector<Point> odd = {
        {last, 1e9},  // a duplicate
        {last - std::chrono::hours(1), 1e9},
        {WallTime(Duration(0)), -1e9},
        {last + std::chrono::minutes(1), std::nullopt},
        {last + std::chrono::minutes(2), infinite},
        {last + std::chrono::minutes(3), -infinite},
        {last + std::chrono::minutes(4), std::numeric_limits<double>::quiet_NaN()},
        {last + std::chrono::minutes(4), 1e9},
    };
    for (const Point& point : odd) {
      const Finding found = detector.observe(point);
      EXPECT_NE(found.state, State::kFiring) << kind << " " << why_text(found.why);
    }
    EXPECT_EQ(detector.counts().duplicate, 2);
    EXPECT_EQ(detector.counts().out_of_order, 2);
    EXPECT_EQ(detector.counts().without_value, 1);
    EXPECT_EQ(detector.counts().not_finite, 3);
  }
}

TEST(EveryDetector, StaysWithinItsMemory) {
  EXPECT_LT(sizeof(Detector) + Profile::kMostSlots * sizeof(Profile::Slot), 12u * 1024);
  for (const auto& [kind, settings] : subjects()) {
    Detector detector = made(kind, settings);
    std::size_t longest = 0;
    SeededRandom random(7);
    for (int i = 0; i < (in_full() ? 2'000'000 : 60'000); ++i) {
      detector.observe({at_second(i * 37.0), 100 + random.fraction() * (i % 5 == 0 ? 40 : 1)});
      if (i % 5000 == 0) longest = std::max(longest, detector.state().size());
    }
    EXPECT_LT(longest, 16u * 1024) << kind;
  }
}

TEST(EveryDetector, DamagedStatesAreRefusedAndChangeNothing) {
  for (const auto& [kind, settings] : subjects()) {
    Detector detector = made(kind, settings);
    for (const Point& point : rough_series(3)) detector.observe(point);
    const std::string state = detector.state();
    Detector fresh = made(kind, settings);
    const std::string before = fresh.state();
    for (std::size_t i = 0; i < state.size(); i += in_full() ? 1 : 1 + state.size() / 60) {
      std::string damaged = state;
      damaged[i] = damaged[i] == '5' ? '6' : '5';
      EXPECT_FALSE(fresh.restore(damaged).ok()) << kind << " at " << i;
      EXPECT_FALSE(fresh.restore(state.substr(0, i)).ok()) << kind << " to " << i;
    }
    EXPECT_FALSE(fresh.restore(state + " 1").ok());
    EXPECT_FALSE(fresh.restore("").ok());
    EXPECT_EQ(fresh.state(), before);
  }
  Detector one = made("threshold", {{"above", "1"}}), other = made("threshold", {{"above", "2"}});
  const auto refused = other.restore(one.state());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("above=1"));
}

TEST(EveryDetector, CopiesAreIndependent) {
  for (const auto& [kind, settings] : subjects()) {
    Detector detector = made(kind, settings);
    const std::vector<Point> points = rough_series(4);
    for (std::size_t i = 0; i < 700; ++i) detector.observe(points[i]);
    const std::string before = detector.state();
    Detector copy = detector;
    for (std::size_t i = 700; i < points.size(); ++i) copy.observe(points[i]);
    EXPECT_EQ(detector.state(), before) << kind;
    EXPECT_NE(copy.state(), before) << kind;
  }
}

}  // namespace
}  // namespace sideband::detectors
