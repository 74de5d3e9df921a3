#include "base/slewed_clock.h"

#include <gtest/gtest.h>

#include "support/set_clock.h"

namespace sideband {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime kStart = kSetClockStart;

TEST(SlewedClock, FollowsTheMachineAndItsCorrections) {
  SetClock machine;
  const SlewedClock clock(machine);
  EXPECT_EQ(clock.wall(), kStart);
  machine.pass(hours(1));
  EXPECT_EQ(clock.wall(), machine.wall());
  machine.set(milliseconds(900));
  EXPECT_EQ(clock.gap(), milliseconds(900)) << "not at once, or many of them would be a leap";
  machine.pass(seconds(9));
  EXPECT_EQ(clock.wall(), machine.wall());
  EXPECT_EQ(clock.gap(), Duration(0));
}

TEST(SlewedClock, K1_6_ALeapForwardReachesItLittleByLittle) {
  SetClock machine;
  const SlewedClock clock(machine);
  machine.set(hours(2));
  EXPECT_EQ(clock.wall(), kStart);
  EXPECT_EQ(clock.gap(), hours(2));
  machine.pass(hours(1));
  EXPECT_EQ(clock.wall(), kStart + hours(1) + std::chrono::minutes(6));
  for (int i = 0; i < 30; ++i) {
    machine.pass(hours(1));
    EXPECT_LE(clock.wall(), machine.wall());
  }
  EXPECT_EQ(clock.wall(), machine.wall());
}

TEST(SlewedClock, K1_6_ALeapBackNeverTakesItBack) {
  SetClock machine;
  const SlewedClock clock(machine);
  machine.set(-hours(1));
  WallTime before = clock.wall();
  EXPECT_EQ(before, kStart);
  for (int i = 0; i < 1000; ++i) {
    machine.pass(milliseconds(100));
    const WallTime now = clock.wall();
    EXPECT_GE(now, before + milliseconds(90));
    before = now;
  }
  EXPECT_LT(clock.gap(), -hours(1) + seconds(11));
}

TEST(SlewedClock, K1_6_TenYearsAheadForAMomentChangeNothing) {
  SetClock machine;
  const SlewedClock clock(machine);
  machine.set(hours(87'600));
  machine.pass(seconds(5));
  EXPECT_LT(clock.wall(), kStart + seconds(6));
  machine.set(-hours(87'600));
  machine.pass(seconds(10));
  EXPECT_EQ(clock.wall(), machine.wall());
}

TEST(SlewedClock, ManyReadingsCatchUpLikeFew) {
  SetClock machine;
  const SlewedClock clock(machine);
  machine.set(seconds(60));
  for (int i = 0; i < 100'000; ++i) {
    machine.pass(std::chrono::microseconds(7));
    ASSERT_GE(clock.wall(), kStart);
  }
  const Duration caught = clock.wall() - kStart - milliseconds(700);
  EXPECT_GT(caught, std::chrono::microseconds(69'900));
  EXPECT_LE(caught, std::chrono::microseconds(70'000));
}

}  // namespace
}  // namespace sideband
