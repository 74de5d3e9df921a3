#include "detectors/watched_detector.h"

#include <gmock/gmock.h>

#include "detectors/for_tests.h"

namespace sideband::detectors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const WallTime kStart = at_second(1'767'225'600);

// Values above 10 fire.
WatchedDetector watched(const HealthLimits& limits = {}) {
  return {made("threshold", {{"above", "10"}}), limits};
}

Finding fed(WatchedDetector& detector, Duration after, double value) {
  return detector.observe({kStart + after, value});
}

TEST(WatchedDetector, AnswersAsItsDetectorDoes) {
  WatchedDetector detector = watched();
  EXPECT_EQ(fed(detector, minutes(0), 5).state, State::kClear);
  EXPECT_EQ(fed(detector, minutes(1), 11).state, State::kFiring);
  EXPECT_EQ(fed(detector, minutes(2), 5).state, State::kClear);
  EXPECT_FALSE(detector.paused());
  EXPECT_EQ(detector.fires(), 1);
  EXPECT_EQ(pause_reason_name(detector.reason()), "");
}

TEST(WatchedDetector, TooManyFiresADayPauseIt) {
  WatchedDetector detector = watched({.most_fires = 3, .most_firing_share = 1});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(fed(detector, minutes(2 * i), 11).state, State::kFiring);
    EXPECT_EQ(fed(detector, minutes(2 * i + 1), 5).state, State::kClear);
  }
  const Finding fourth = fed(detector, minutes(6), 11);
  EXPECT_EQ(fourth.state, State::kUnknown);
  EXPECT_EQ(fourth.why.cause, Cause::kPaused);
  EXPECT_EQ(detector.own_answer().state, State::kFiring);
  EXPECT_EQ(detector.reason(), PauseReason::kNoisy);
  EXPECT_EQ(detector.pauses(PauseReason::kNoisy), 1);
}

TEST(WatchedDetector, FiresOfTheDayBeforeDoNotCount) {
  WatchedDetector detector = watched({.most_fires = 3, .most_firing_share = 1});
  for (int hour = 0; hour < 24 * 5; hour += 8) {
    EXPECT_EQ(fed(detector, hours(hour), 11).state, State::kFiring);
    for (int i = 1; i < 32; ++i) fed(detector, hours(hour) + minutes(15 * i), 5);
  }
  EXPECT_FALSE(detector.paused()) << detector.fires();
  EXPECT_EQ(detector.fires(), 3);
}

TEST(WatchedDetector, TooLargeAShareOfTheTimePausesIt) {
  WatchedDetector detector = watched({.most_fires = 1000, .most_firing_share = 0.2});
  int paused_at = 0;
  for (int i = 0; i < 24 * 12 && paused_at == 0; ++i) {
    fed(detector, minutes(5 * i), i % 3 == 0 ? 11 : 5);
    if (detector.paused()) paused_at = i;
  }
  EXPECT_GE(paused_at, 6 * 12) << "a share of little time says nothing";
  EXPECT_LE(paused_at, 6 * 12 + 3);
  EXPECT_EQ(detector.reason(), PauseReason::kNoisy);
}

TEST(WatchedDetector, ErrorsWithoutAPointBetweenThemPauseIt) {
  WatchedDetector detector = watched({.most_errors = 3});
  fed(detector, minutes(0), 5);
  detector.fail(kStart + minutes(1));
  detector.fail(kStart + minutes(2));
  fed(detector, minutes(3), 5);
  detector.fail(kStart + minutes(4));
  detector.fail(kStart + minutes(5));
  EXPECT_FALSE(detector.paused());
  detector.fail(kStart + minutes(6));
  EXPECT_EQ(detector.reason(), PauseReason::kErrors);
  EXPECT_EQ(detector.errors(), 5);
}

TEST(WatchedDetector, WithoutAValueForTooLongItIsStale) {
  WatchedDetector detector = watched({.stale_after = minutes(10)});
  fed(detector, minutes(0), 11);
  detector.look(kStart + minutes(10));
  EXPECT_FALSE(detector.paused());
  detector.look(kStart + minutes(11));
  EXPECT_EQ(detector.reason(), PauseReason::kStale);
  EXPECT_EQ(fed(detector, minutes(12), 11).state, State::kUnknown);

  WatchedDetector never = watched({.stale_after = minutes(10)});
  never.look(kStart);
  never.observe({kStart + minutes(11), std::nullopt});
  EXPECT_EQ(never.reason(), PauseReason::kStale);

  WatchedDetector off = watched({.stale_after = Duration(0)});
  off.look(kStart);
  off.look(kStart + hours(1000));
  EXPECT_FALSE(off.paused());
}

TEST(WatchedDetector, APauseEndsAfterAQuietTime) {
  WatchedDetector detector =
      watched({.stale_after = minutes(10), .most_fires = 100, .quiet = minutes(30)});
  fed(detector, minutes(0), 5);
  detector.look(kStart + minutes(20));
  ASSERT_TRUE(detector.paused());
  // It fires while it is paused: that is no quiet time.
  for (int i = 21; i < 60; i += 5) fed(detector, minutes(i), i < 40 ? 11 : 5);
  EXPECT_TRUE(detector.paused());
  int resumed = 0;
  for (int i = 60; i < 130; i += 5) {
    fed(detector, minutes(i), 5);
    if (!detector.paused() && resumed == 0) resumed = i;
  }
  EXPECT_GE(resumed, 36 + 30);
  EXPECT_LE(resumed, 36 + 30 + 10);
  EXPECT_EQ(fed(detector, minutes(130), 5).state, State::kClear);
}

TEST(WatchedDetector, WithoutAQuietTimeOnlyAPersonResumesIt) {
  WatchedDetector detector = watched({.stale_after = minutes(10), .quiet = Duration(0)});
  fed(detector, minutes(0), 5);
  detector.look(kStart + minutes(20));
  for (int i = 20; i < 5000; i += 5) fed(detector, minutes(i), 5);
  EXPECT_EQ(detector.reason(), PauseReason::kStale);
  detector.resume(kStart + minutes(5000));
  EXPECT_EQ(fed(detector, minutes(5001), 11).state, State::kFiring);
  EXPECT_EQ(detector.fires(), 1);
}

TEST(WatchedDetector, APauseByHandEndsByHandAlone) {
  WatchedDetector detector = watched();
  detector.pause(kStart);
  for (int i = 0; i < 600; i += 5) fed(detector, minutes(i), 5);
  EXPECT_EQ(detector.reason(), PauseReason::kByHand);
  EXPECT_EQ(pause_reason_name(detector.reason()), "byHand");
  detector.resume(kStart + minutes(600));
  EXPECT_FALSE(detector.paused());
  EXPECT_EQ(detector.pauses(PauseReason::kByHand), 1);
}

TEST(WatchedDetector, AClockThatGoesBackOpensNothing) {
  WatchedDetector detector = watched({.stale_after = minutes(10)});
  fed(detector, minutes(0), 5);
  detector.look(kStart + minutes(20));
  ASSERT_TRUE(detector.paused());
  detector.look(kStart - hours(1000));
  fed(detector, -hours(1000), 5);
  EXPECT_TRUE(detector.paused());
}

TEST(WatchedDetector, ARestartKeepsPauseAndCounts) {
  const HealthLimits limits = {.most_fires = 2, .most_firing_share = 1};
  WatchedDetector running = watched(limits), restarted = watched(limits);
  for (int i = 0; i < 300; ++i) {
    const double value = i % 40 == 0 || i % 97 == 0 ? 11 : 5;
    WatchedDetector next = watched(limits);
    ASSERT_TRUE(next.restore(restarted.state()).ok());
    restarted = next;
    const Finding a = fed(running, minutes(5 * i), value);
    const Finding b = fed(restarted, minutes(5 * i), value);
    ASSERT_EQ(a.state, b.state) << i;
    ASSERT_EQ(running.reason(), restarted.reason());
    ASSERT_EQ(running.state(), restarted.state());
  }
  EXPECT_GE(running.pauses(PauseReason::kNoisy), 1);
  for (const std::string damaged : {"", "\n", " 9\n", " 0 1 2\n", "x"}) {
    EXPECT_FALSE(restarted.restore(damaged).ok()) << damaged;
  }
  EXPECT_EQ(running.state(), restarted.state());
}

}  // namespace
}  // namespace sideband::detectors
