// Rates that are kept evenly: what goes out in any time, and how long the next call waits.
#include "drivers/paced_rate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>

namespace sideband {
namespace {

using std::chrono::milliseconds;

MonoTime after(Duration time) {
  return MonoTime(time);
}

TEST(PacedRates, HandOutFiveMillisecondsWorthOrWhatIsWorthACall) {
  struct Row {
    std::int64_t per_second;
    std::size_t wanted, at_least, cut;
  };
  for (const Row& row :
       {Row{0, 5000, 10, 5000},     // no limit
        Row{2000, 5000, 10, 10},    // 5 ms worth
        Row{2000, 5000, 100, 100},  // a statement that is worth it
        Row{20'000, 5000, 10, 100}, Row{20'000, 5000, 100, 100}, Row{100'000, 5000, 100, 500},
        Row{10'000'000, 5000, 10, 5000}, Row{500, 5000, 10, 10},         // 2.5 are worth no call
        Row{100, 5000, 100, 100}, Row{50, 5000, 100, 50},                // a second's worth at most
        Row{5, 5000, 10, 5}, Row{1, 5000, 100, 1}, Row{2000, 3, 10, 3},  // not more than was wanted
        Row{2000, 0, 10, 0}, Row{1, 1, 1, 1}}) {
    const PacedRate rate(row.per_second, 10, MonoTime());
    EXPECT_EQ(rate.cut(row.wanted, row.at_least), row.cut)
        << row.per_second << " a second, " << row.wanted << " wanted, worth " << row.at_least;
  }
}

TEST(PacedRates, WaitsAreWhatIsMissingAtThatRate) {
  struct Row {
    std::int64_t per_second;
    std::size_t first, next;
    std::int64_t wait_us;
  };
  for (const Row& row :
       {Row{0, 1'000'000, 1'000'000, 0}, Row{2000, 0, 10, 0},  // a full bucket
        Row{2000, 10, 10, 0},                                  // it holds two calls
        Row{2000, 20, 10, 5001},                               // an empty one
        Row{2000, 20, 1, 501}, Row{2000, 15, 5, 0}, Row{2000, 15, 6, 501},
        Row{2000, 20, 0, 1},           // nothing of it, but no debt either
        Row{2000, 100, 10, 45'001},    // debt is paid first
        Row{2000, 100, 1000, 50'001},  // more than it holds goes when it is full
        Row{5, 5, 5, 1'000'001}, Row{5, 5, 1, 200'001}, Row{100'000, 1000, 500, 5001}}) {
    PacedRate rate(row.per_second, 10, MonoTime());
    rate.take(row.first, MonoTime());
    const std::int64_t wait = rate.wait(row.next, MonoTime()).count();
    EXPECT_LE(std::abs(wait - row.wait_us), 1)
        << row.per_second << " a second, " << row.first << " taken, " << row.next << " wanted";
  }
}

TEST(PacedRates, WhatWasNotUsedIsThereAgainAndNoMoreThanIsHeld) {
  PacedRate rate(2000, 10, MonoTime());
  rate.take(20, MonoTime());
  rate.give_back(4, MonoTime());
  EXPECT_EQ(rate.wait(4, MonoTime()), Duration(0));
  EXPECT_GT(rate.wait(5, MonoTime()), Duration(0));
  rate.give_back(1000, MonoTime());
  rate.take(20, MonoTime());
  EXPECT_GT(rate.wait(1, MonoTime()), Duration(0)) << "an idle hour is not saved up either";
  rate.take(0, after(std::chrono::hours(1)));
  rate.take(20, after(std::chrono::hours(1)));
  EXPECT_GT(rate.wait(1, after(std::chrono::hours(1))), Duration(0));
}

// Whatever calls ask for, in no 100 ms is there more than the rate and what is held.
RC_GTEST_PROP(PacedRates, NoWindowHoldsMoreThanItsShare, ()) {
  const auto per_second = *rc::gen::inRange<std::int64_t>(200, 50'000);
  const std::size_t held = 2 * (PacedRate(per_second, 10, MonoTime()).cut(SIZE_MAX) + 1);
  PacedRate rate(per_second, 10, MonoTime());
  Duration now{0};
  std::deque<std::pair<Duration, std::size_t>> window;
  for (int call = 0; call < 300; ++call) {
    const auto amount = *rc::gen::inRange<std::size_t>(1, held / 2);
    if (*rc::gen::inRange(0, 20) == 0) now += milliseconds(*rc::gen::inRange(0, 300));
    now += rate.wait(amount, after(now));
    rate.take(amount, after(now));
    window.emplace_back(now, amount);
    while (now - window.front().first > milliseconds(100)) window.pop_front();
    std::size_t sum = 0;
    for (const auto& [at, taken] : window) sum += taken;
    RC_ASSERT(sum <= static_cast<std::size_t>(per_second) / 10 + held + 1);
  }
}

// A caller that always wants more gets the whole rate.
TEST(PacedRates, TheRateIsReached) {
  for (const std::int64_t per_second : {1, 7, 100, 999, 2000, 33'333, 1'000'000}) {
    PacedRate rate(per_second, 10, MonoTime());
    const std::size_t call = rate.cut(SIZE_MAX);
    Duration now{0};
    std::size_t taken = 0;
    while (now < std::chrono::seconds(20)) {
      rate.take(call, after(now));
      taken += call;
      now += rate.wait(call, after(now));
    }
    EXPECT_NEAR(static_cast<double>(taken), static_cast<double>(per_second) * 20,
                static_cast<double>(per_second) * 0.2 + static_cast<double>(call))
        << per_second;
  }
}

}  // namespace
}  // namespace sideband
