// What the default detector says of series of a known shape: five-minute points of two weeks.
#include "detectors/anomaly.h"

#include <gmock/gmock.h>

#include <functional>

#include "detectors/for_tests.h"
#include "detectors/series_for_tests.h"

namespace sideband::detectors {
namespace {

constexpr int kPoints = 4032;
constexpr int kDay = 288;

struct Shape {
  const char* name;
  std::function<double(int point, double noise)> value;  // the noise is Gaussian, of 1
  int event;                                             // where it begins; -1: there is none
  int within;                                            // points after which it has to be found
};

double wave(int point) {
  return 30 * std::sin(2 * std::numbers::pi * point / kDay);
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> kShapes = {
      {"constant", [](int, double) { return 5; }, -1, 0},
      {"zero", [](int, double) { return 0; }, -1, 0},
      {"constant, one spike", [](int i, double) { return i == 3000 ? 6 : 5; }, 3000, 0},
      {"zero, once 1", [](int i, double) { return i == 3000 ? 1 : 0; }, 3000, 0},
      {"constant, step", [](int i, double) { return i >= 3000 ? 6 : 5; }, 3000, 0},
      {"step of 10", [](int i, double n) { return n + (i >= 3000 ? 110 : 100); }, 3000, 0},
      {"step of 4", [](int i, double n) { return n + (i >= 3000 ? 104 : 100); }, 3000, 3},
      {"step of 2", [](int i, double n) { return n + (i >= 3000 ? 102 : 100); }, 3000, 8},
      {"drift of 10 in a day",
       [](int i, double n) { return 100 + n + 10 * std::clamp((i - 3000.0) / kDay, 0.0, 1.0); },
       3000, 100},
      {"steady ramp", [](int i, double n) { return 0.1 * i + n; }, -1, 0},
      {"spike of 12", [](int i, double n) { return n + (i == 3000 ? 112 : 100); }, 3000, 0},
      {"dip to 0", [](int i, double n) { return i == 3000 ? 0 : 100 + n; }, 3000, 0},
      {"early spike", [](int i, double n) { return i == 380 ? 140 : 100 + n; }, 380, 0},
      {"two values in turn", [](int i, double) { return i % 2; }, -1, 0},
      {"two values, then stuck", [](int i, double) { return i < 3000 ? i % 2 : 0; }, 3000, 3},
      {"a saw", [](int i, double n) { return i % 30 + 0.3 * n; }, -1, 0},
      {"a saw that stops", [](int i, double n) { return (i < 3000 ? i % 30 : 12) + 0.3 * n; }, 3000,
       30},
      {"season", [](int i, double n) { return 100 + wave(i) + 2 * n; }, -1, 0},
      {"a day without its season",
       [](int i, double n) { return 100 + (i / kDay == 10 ? 0 : wave(i)) + 2 * n; }, 10 * kDay, 12},
      {"season three hours off",
       [](int i, double n) { return 100 + wave(i >= 10 * kDay ? i + 36 : i) + 2 * n; }, 10 * kDay,
       0},
      {"largest numbers", [](int, double n) { return 1e300 * (1 + 0.01 * n); }, -1, 0},
      {"smallest numbers", [](int, double n) { return 1e-300 * (1 + 0.01 * n); }, -1, 0},
  };
  return kShapes;
}

// The points at which it begins to fire.
std::vector<int> beginnings(const Shape& shape, std::uint64_t seed) {
  Detector detector = made("anomaly");
  Normal normal(seed);
  std::vector<int> found;
  bool firing = false;
  for (int i = 0; i < kPoints; ++i) {
    const Finding finding =
        detector.observe({at_second(1.75e9 + 300.0 * i), shape.value(i, normal.next())});
    const bool fires = finding.state == State::kFiring;
    if (fires && !firing) found.push_back(i);
    firing = fires;
  }
  return found;
}

TEST(Anomaly, ShapesAreFoundWhereTheyBegin) {
  for (const Shape& shape : shapes()) {
    int found_in_time = 0, elsewhere = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      bool found = false;
      for (const int begin : beginnings(shape, seed)) {
        const bool event = shape.event >= 0 && begin >= shape.event;
        found = found || (event && begin <= shape.event + shape.within);
        elsewhere += event ? 0 : 1;
      }
      found_in_time += found ? 1 : 0;
    }
    // A detection of nothing in two weeks is within what the default allows.
    EXPECT_LE(elsewhere, 8) << shape.name;
    EXPECT_GE(found_in_time, shape.event < 0 ? 0 : 8) << shape.name;
  }
}

// It cannot begin to fire while it still fires.
TEST(Anomaly, ALevelThatStaysIsTakenForUsualWithinTwoDays) {
  for (const int size : {4, 10, 50}) {
    const int spike = 2000 + 2 * kDay;
    const Shape shape = {
        "step and spike",
        [&](int i, double n) { return 100 + n + (i >= 2000 ? size : 0) + (i == spike ? 200 : 0); },
        2000, 3};
    int told = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      for (const int begin : beginnings(shape, seed)) told += begin == spike ? 1 : 0;
    }
    EXPECT_GE(told, 9) << "a step of " << size;
  }
}

}  // namespace
}  // namespace sideband::detectors
