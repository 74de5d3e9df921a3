// What retention may take: its clock under leaps, its cuts, and the choice of repairs.
#include "policy/retention.h"

#include <gtest/gtest.h>

#include "model/settings.h"

namespace sideband {
namespace {

constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kDay = 24 * kHour;
const WallTime kNow = from_us(1'700'000'000'000'000);

EndedRepair ended_before(Duration age, std::int64_t bytes = 10,
                         RepairState state = RepairState::kConverged) {
  EndedRepair repair;
  repair.ended_at = kNow - age;
  repair.bytes = bytes;
  repair.state = state;
  return repair;
}

TEST(RetentionTime, FollowsTheWallClock) {
  EXPECT_EQ(retention_time(kNow - kHour, {}, kNow, kHour), kNow);
  EXPECT_EQ(retention_time({}, {}, kNow, Duration(0)), kNow) << "nothing is stored yet";
}

TEST(RetentionTime, ALeapForwardMovesItByADayInAnHour) {
  const WallTime leapt = kNow + 3650 * kDay;
  EXPECT_EQ(retention_time(kNow, {}, leapt, kHour), kNow + kDay);
  EXPECT_EQ(retention_time(kNow, {}, leapt, Duration(0)), kNow);
  EXPECT_EQ(retention_time(kNow, {}, leapt, -kHour), kNow);
}

TEST(RetentionTime, ALeapBackTakesItAlong) {
  EXPECT_EQ(retention_time(kNow, {}, kNow - 30 * kDay, kHour), kNow - 30 * kDay);
}

TEST(RetentionTime, ItsFirstRunBeginsAtTheNewestRow) {
  EXPECT_EQ(retention_time({}, kNow - 100 * kDay, kNow, kHour), kNow - 99 * kDay);
  EXPECT_EQ(retention_time({}, kNow + kDay, kNow, kHour), kNow);
}

TEST(RetentionTime, CatchesUpAfterTheDaemonWasAway) {
  WallTime mark = kNow - 48 * kDay;
  WallTime wall = kNow;
  int hours = 0;
  for (; mark != wall && hours < 1000; ++hours) {
    wall += kHour;
    mark = retention_time(mark, {}, wall, kHour);
  }
  EXPECT_LE(hours, 51);
}

TEST(RetentionCuts, UndoIsNeverOlderThanRepairs) {
  RetentionSettings settings;
  settings.repairs = 10 * kDay;
  settings.undo = 20 * kDay;
  const RetentionCuts cuts = retention_cuts(settings, kNow);
  EXPECT_EQ(cuts.undo, kNow - 10 * kDay);
  EXPECT_EQ(cut_of(StoredClass::kSteps, cuts), kNow - 10 * kDay);
  EXPECT_EQ(cut_of(StoredClass::kLeaves, cuts), WallTime());
  EXPECT_EQ(cut_of(StoredClass::kAnswers, cuts), kNow - 7 * kDay);
  EXPECT_EQ(cut_of(StoredClass::kDecisions, cuts), kNow - 30 * kDay);
}

TEST(ChooseRepairs, ByAgeWithinTheBudget) {
  const RetentionCuts cuts = retention_cuts({}, kNow);
  const auto chosen = choose_repairs({ended_before(401 * kDay), ended_before(400 * kDay),
                                      ended_before(399 * kDay), ended_before(Duration(0))},
                                     cuts, 0);
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(chosen[0].ended_at, kNow - 401 * kDay);
}

TEST(ChooseRepairs, TheBudgetTakesTheOldestAndStopsWhenItIsMet) {
  const RetentionCuts cuts = retention_cuts({}, kNow);
  const auto chosen = choose_repairs(
      {ended_before(300 * kDay), ended_before(200 * kDay), ended_before(100 * kDay)}, cuts, 15);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[1].ended_at, kNow - 200 * kDay);
}

TEST(ChooseRepairs, TheBudgetNeverTakesWhatMayBeTakenBackOrNeedsAPerson) {
  const RetentionCuts cuts = retention_cuts({}, kNow);
  EXPECT_TRUE(choose_repairs({ended_before(29 * kDay), ended_before(30 * kDay),
                              ended_before(90 * kDay, 10, RepairState::kNeedsHuman)},
                             cuts, INT64_MAX)
                  .empty());
  EXPECT_EQ(
      choose_repairs({ended_before(500 * kDay, 10, RepairState::kNeedsHuman)}, cuts, 0).size(), 1U);
}

TEST(ChooseRepairs, NothingThatHasNotEnded) {
  const RetentionCuts cuts = retention_cuts({}, kNow);
  for (int i = 0; i < static_cast<int>(RepairState::kConverged); ++i) {
    EXPECT_TRUE(
        choose_repairs({ended_before(900 * kDay, 10, static_cast<RepairState>(i))}, cuts, 1 << 30)
            .empty());
  }
}

}  // namespace
}  // namespace sideband
