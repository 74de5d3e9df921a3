// Who may call a target when: rates, connections, and whose turn it is.
#include "drivers/target_limiter.h"

#include <atomic>

#include "base/thread.h"
#include "drivers/limits_for_tests.h"
#include "support/until.h"

namespace sideband {
namespace {

constexpr TargetUse kRead{.reads = 1};

TEST_F(LimitsTest, DebtIsWaitedForOrRefused) {
  TargetLimiter limiter(limits(2, 100), clock_);
  std::move(limiter.turn(kRead, in(Duration(0)))).value().end({.reads = 300});
  const auto refused = limiter.turn(kRead, in(std::chrono::seconds(1)));
  ASSERT_FALSE(refused.ok()) << "almost three seconds of debt";
  EXPECT_EQ(refused.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(refused.error().effect, Effect::kNone);
  clock_.advance(std::chrono::milliseconds(3100));
  EXPECT_TRUE(limiter.turn(kRead, in(Duration(0))).ok());
}

TEST_F(LimitsTest, BytesCountAsWell) {
  TargetLimiter limiter(limits(2, 0, 100'000), clock_);
  std::move(limiter.turn({}, in(Duration(0)))).value().end({.bytes = 500'000});
  EXPECT_FALSE(limiter.turn({}, in(std::chrono::seconds(3))).ok());
  clock_.advance(std::chrono::seconds(5));
  EXPECT_TRUE(limiter.turn({}, in(Duration(0))).ok());
}

TEST_F(LimitsTest, WritesHaveARateOfTheirOwn) {
  TargetLimits both = limits(2, 100);
  both.writes_per_second = 100;
  TargetLimiter limiter(both, clock_);
  std::move(limiter.turn({.reads = 1}, in(Duration(0)))).value().end({.reads = 1000});
  EXPECT_TRUE(limiter.turn({.writes = 20}, in(Duration(0))).ok()) << "reads are not its matter";
  EXPECT_FALSE(limiter.turn({.writes = 1}, in(Duration(0))).ok());
  EXPECT_TRUE(limiter.turn({}, in(Duration(0))).ok()) << "moves nothing";
  clock_.advance(std::chrono::milliseconds(20));
  EXPECT_TRUE(limiter.turn({.writes = 1}, in(Duration(0))).ok());
}

TEST_F(LimitsTest, WhatACallDidNotReadIsGivenBack) {
  TargetLimiter limiter(limits(2, 2000), clock_);
  std::move(limiter.turn({.reads = 10}, in(Duration(0)))).value().end({.reads = 3});
  EXPECT_TRUE(limiter.turn({.reads = 17}, in(Duration(0))).ok());
  EXPECT_FALSE(limiter.turn({.reads = 1}, in(Duration(0))).ok()) << "not ended: it counts as asked";
}

TEST_F(LimitsTest, AWaiterGoesOnWhenTheDebtIsPaid) {
  TargetLimiter limiter(limits(2, 100), clock_);
  std::move(limiter.turn(kRead, in(Duration(0)))).value().end({.reads = 200});
  std::atomic<bool> entered{false};
  Thread waiter("waiter", [&] { entered = limiter.turn(kRead, in(std::chrono::hours(1))).ok(); });
  clock_.advance(std::chrono::seconds(3));
  waiter.join();
  EXPECT_TRUE(entered);
}

TEST_F(LimitsTest, NeverMoreConnectionsThanAllowed) {
  const SystemClock real;
  TargetLimiter limiter(limits(2, 0), real);
  std::atomic<int> inside{0}, most{0};
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back("user", [&] {
        for (int i = 0; i < 200; ++i) {
          const auto turn = limiter.turn(kRead, {real, std::chrono::seconds(30)});
          ASSERT_TRUE(turn.ok());
          const int now = ++inside;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          --inside;
        }
      });
    }
  }
  EXPECT_LE(most, 2);
}

TEST_F(LimitsTest, NoFreeConnectionInTimeIsATimeout) {
  const SystemClock real;
  TargetLimiter limiter(limits(1, 0), real);
  {
    const auto first = limiter.turn(kRead, {real, Duration(0)});
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(limiter.turn(kRead, {real, std::chrono::milliseconds(5)}).error().code,
              ErrorCode::kTimeout);
  }
  EXPECT_TRUE(limiter.turn(kRead, {real, Duration(0)}).ok());
}

TEST_F(LimitsTest, TheTimeThatCallsWaitedIsCounted) {
  Metrics metrics;
  Counter& waited = metrics.counter("sideband_target_wait_seconds_total", "", {});
  TargetLimiter limiter(limits(2, 100), clock_, &waited);
  std::move(limiter.turn(kRead, in(Duration(0)))).value().end({.reads = 210});
  Thread waiter("waiter",
                [&] { EXPECT_TRUE(limiter.turn(kRead, in(std::chrono::minutes(1))).ok()); });
  ASSERT_TRUE(until([&] { return limiter.waiting() == 1; }));
  clock_.advance(std::chrono::seconds(3));
  waiter.join();
  EXPECT_NE(metrics.text().find("sideband_target_wait_seconds_total 3\n"), std::string::npos)
      << metrics.text();
}

// A connection that comes free goes to whoever waited longest.
TEST_F(LimitsTest, WhoeverCameFirstGoesFirst) {
  const SystemClock real;
  TargetLimiter limiter(limits(1, 0), real);
  std::vector<int> order;
  std::vector<Thread> threads;
  {
    const auto held = limiter.turn(kRead, {real, Duration(0)});
    ASSERT_TRUE(held.ok());
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back("waiter", [&, t] {
        const auto turn = limiter.turn(kRead, {real, std::chrono::seconds(30)});
        ASSERT_TRUE(turn.ok());
        order.push_back(t);  // one connection: nobody else is here
      });
      ASSERT_TRUE(until([&] { return limiter.waiting() == static_cast<std::size_t>(t + 1); }));
    }
  }
  threads.clear();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

// Whoever waits for the reads of a scan does not hold up a change that reads nothing.
TEST_F(LimitsTest, ACallThatUsesNoRateDoesNotWaitBehindOneThatDoes) {
  TargetLimiter limiter(limits(2, 100), clock_);
  std::move(limiter.turn(kRead, in(Duration(0)))).value().end({.reads = 1000});
  Thread scan("scan", [&] { EXPECT_TRUE(limiter.turn(kRead, in(std::chrono::hours(1))).ok()); });
  ASSERT_TRUE(until([&] { return limiter.waiting() == 1; }));
  EXPECT_TRUE(limiter.turn({.writes = 1}, in(Duration(0))).ok());
  clock_.advance(std::chrono::seconds(20));
}

}  // namespace
}  // namespace sideband
