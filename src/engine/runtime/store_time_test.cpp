#include "engine/runtime/store_time.h"

#include <gtest/gtest.h>

#include "support/set_clock.h"

namespace sideband {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kStart = kSetClockStart;

TEST(StoreTime, IsTheMachinesUntilTheStoresIsHeard) {
  SetClock machine;
  StoreTime time(machine);
  machine.pass(minutes(1));
  EXPECT_EQ(time.wall(), machine.wall());
  time.hear(kStart - hours(1));
  EXPECT_EQ(time.wall(), kStart - hours(1)) << "at once, also back: nothing went by it before";
  machine.pass(minutes(1));
  EXPECT_EQ(time.wall(), kStart - hours(1) + minutes(1));
}

TEST(StoreTime, TheMachinesLeapsAreNotItsOwn) {
  SetClock machine;
  StoreTime time(machine);
  time.hear(kStart);
  machine.set(hours(5));
  machine.pass(seconds(10));
  EXPECT_EQ(time.wall(), kStart + seconds(10));
  EXPECT_EQ(time.gap(), Duration(0));
}

TEST(StoreTime, AnotherServersClockIsReachedLittleByLittleAndNeverBack) {
  SetClock machine;
  StoreTime time(machine);
  time.hear(kStart);
  machine.pass(seconds(10));
  EXPECT_EQ(time.wall(), kStart + seconds(10));
  time.hear(kStart + hours(1));  // after a failover
  EXPECT_EQ(time.wall(), kStart + seconds(10));
  EXPECT_EQ(time.gap(), hours(1) - seconds(10));
  machine.pass(seconds(10));
  EXPECT_EQ(time.wall(), kStart + seconds(21));
  time.hear(kStart);
  WallTime before = time.wall();
  for (int i = 0; i < 5; ++i) {
    machine.pass(seconds(1));
    EXPECT_GT(time.wall(), before);
    before = time.wall();
  }
}

TEST(StoreTime, TwoNodesAgreeWhateverTheirMachinesSay) {
  SetClock one;
  SetClock other;
  other.set(-minutes(34));
  StoreTime of_one(one);
  StoreTime of_other(other);
  of_one.hear(kStart + seconds(3));
  of_other.hear(kStart + seconds(3));
  one.pass(hours(2));
  other.pass(hours(2));
  EXPECT_EQ(of_one.wall(), of_other.wall());
}

}  // namespace
}  // namespace sideband
