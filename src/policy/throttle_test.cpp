// The rate of gates.throttle, reading by reading.
#include "policy/throttle.h"

#include <gmock/gmock.h>

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ThrottleRule above_20(std::int64_t least = 1) {
  ThrottleRule rule;
  rule.signal = "latency";
  rule.above = Quantity{0.02, QuantityUnit::kSeconds};
  rule.least = least;
  return rule;
}

Fact<double> good_reading() {
  return 0.005;
}
Fact<double> bad_reading() {
  return 0.035;
}
Fact<double> no_reading() {
  return Fact<double>::unknown("connection refused");
}

WallTime second(int n) {
  return WallTime(std::chrono::seconds(n));
}

// What is kept after each reading of a second.
std::vector<Throttle> course(const ThrottleRule& rule, std::int64_t most,
                             const std::vector<Fact<double>>& readings) {
  std::vector<Throttle> out;
  for (const Fact<double>& reading : readings) {
    const Throttle* const before = out.empty() ? nullptr : &out.back();
    out.push_back(next_throttle(rule, most, before, reading, second(int(out.size()) + 1)));
  }
  return out;
}

std::vector<std::int64_t> rates(const std::vector<Throttle>& course) {
  std::vector<std::int64_t> out;
  for (const Throttle& one : course) out.push_back(one.per_second);
  return out;
}

std::vector<Fact<double>> times(int count, const Fact<double>& reading) {
  return std::vector<Fact<double>>(static_cast<std::size_t>(count), reading);
}

TEST(Throttle, BeginsAtTheLeastAndRisesInSteps) {
  const auto rise = rates(course(above_20(5), 100, times(20, good_reading())));
  EXPECT_EQ(rise.front(), 10);
  EXPECT_EQ(rise[1], 15);
  EXPECT_EQ(rise.back(), 100);
}

TEST(Throttle, HalvesWithEachBadReadingDownToTheLeast) {
  std::vector<Fact<double>> readings = times(30, good_reading());
  for (const Fact<double>& one : times(6, bad_reading())) readings.push_back(one);
  const auto all = rates(course(above_20(5), 100, readings));
  EXPECT_THAT(std::vector<std::int64_t>(all.begin() + 29, all.end()),
              ElementsAre(100, 50, 25, 12, 6, 5, 5));
}

TEST(Throttle, NoReadingIsABadOne) {
  std::vector<Fact<double>> readings = times(30, good_reading());
  readings.push_back(no_reading());
  const auto all = course(above_20(), 100, readings);
  EXPECT_EQ(all.back().per_second, 50);
  EXPECT_THAT(all.back().why, HasSubstr("signal latency: connection refused"));
}

TEST(Throttle, SaysSinceWhenAndWhy) {
  std::vector<Fact<double>> readings = times(30, good_reading());
  const auto whole = course(above_20(), 100, readings);
  EXPECT_EQ(whole.back().why, "");
  EXPECT_EQ(whole.back().since, WallTime());
  readings.push_back(bad_reading());
  readings.push_back(good_reading());
  const auto slow = course(above_20(), 100, readings);
  EXPECT_EQ(slow.back().since, second(31)) << "the reading that made it slow";
  EXPECT_EQ(
      throttle_text(100, slow.back()),
      "55 of 100 changes a second since 1970-01-01T00:00:31.000000Z: signal latency is 35ms, above "
      "20ms");
}

TEST(Throttle, AnotherRateOrLeastHoldsAtOnce) {
  const Throttle kept{500, {}, second(1), ""};
  EXPECT_EQ(throttled_rate(above_20(), 100, &kept), 100);
  EXPECT_EQ(throttled_rate(above_20(), 1000, &kept), 500);
  EXPECT_EQ(next_throttle(above_20(), 1000, &kept, good_reading(), second(2)).since, second(2));
  const Throttle slow{2, second(1), second(1), "slow"};
  EXPECT_EQ(throttled_rate(above_20(10), 100, &slow), 10);
  EXPECT_EQ(throttled_rate(above_20(10), 100, nullptr), 10);
  EXPECT_EQ(throttled_rate(above_20(10), 5, nullptr), 5) << "the rate itself may be lower";
}

TEST(Throttle, TinyRatesMoveByOne) {
  EXPECT_THAT(
      rates(course(above_20(), 3,
                   {good_reading(), good_reading(), bad_reading(), bad_reading(), good_reading()})),
      ElementsAre(2, 3, 1, 1, 2));
}

TEST(Throttle, AReadingCountsForOneNode) {
  const Throttle kept{5, {}, second(10), ""};
  EXPECT_TRUE(is_judged(kept, second(10), std::chrono::seconds(4)));
  EXPECT_TRUE(is_judged(kept, second(11), std::chrono::seconds(4)));
  EXPECT_FALSE(is_judged(kept, second(12), std::chrono::seconds(4)));
  EXPECT_FALSE(is_judged(kept, second(9), std::chrono::seconds(4))) << "a clock that was ahead";
}

}  // namespace
}  // namespace sideband
