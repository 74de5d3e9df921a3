#include "engine/execute/held_lease.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonoTime kAsked{seconds(100)};

TEST(HeldLease, StopsAFifthBeforeItsEnd) {
  const HeldLease lease(kAsked, seconds(30));
  EXPECT_EQ(lease.margin(), seconds(6));
  EXPECT_EQ(lease.time_to_act(kAsked), seconds(24));
  EXPECT_EQ(lease.time_to_act(kAsked + seconds(20)), seconds(4));
  EXPECT_FALSE(lease.over(kAsked + milliseconds(20'999)));
  EXPECT_TRUE(lease.over(kAsked + seconds(21))) << "3 s are too little to begin";
  EXPECT_TRUE(lease.over(kAsked + seconds(1000)));
}

TEST(HeldLease, OfAShortOneTwoSecondsOrHalfStayFree) {
  EXPECT_EQ(HeldLease(kAsked, seconds(5)).margin(), seconds(2));
  EXPECT_EQ(HeldLease(kAsked, seconds(1)).margin(), milliseconds(500));
}

TEST(HeldLease, IsDueAfterAThirdOfTheTimeToAct) {
  const HeldLease lease(kAsked, seconds(30));
  EXPECT_FALSE(lease.due(kAsked + milliseconds(7'999)));
  EXPECT_TRUE(lease.due(kAsked + seconds(8)));
}

TEST(HeldLease, OfNobodyIsOver) {
  EXPECT_TRUE(HeldLease().over(kAsked));
}

}  // namespace
}  // namespace sideband
