// What retention may take: its clock under leaps, its cuts, and the choice of repairs.
#include "policy/retention.h"

#include <gtest/gtest.h>

#include "model/settings.h"

namespace sideband {
namespace {

constexpr Duration kOneHour = std::chrono::hours(1);
constexpr Duration kWholeDay = 24 * kOneHour;
const WallTime kToday = from_us(1'700'000'000'000'000);

EndedRepair ended_before(Duration age, std::int64_t bytes = 10,
                         RepairState state = RepairState::kConverged) {
  EndedRepair repair;
  repair.ended_at = kToday - age;
  repair.bytes = bytes;
  repair.state = state;
  return repair;
}

TEST(RetentionTime, FollowsTheWallClock) {
  EXPECT_EQ(retention_time(kToday - kOneHour, {}, kToday, kOneHour), kToday);
  EXPECT_EQ(retention_time({}, {}, kToday, Duration(0)), kToday) << "nothing is stored yet";
}

TEST(RetentionTime, ALeapForwardMovesItByADayInAnHour) {
  const WallTime leapt = kToday + 3650 * kWholeDay;
  EXPECT_EQ(retention_time(kToday, {}, leapt, kOneHour), kToday + kWholeDay);
  EXPECT_EQ(retention_time(kToday, {}, leapt, Duration(0)), kToday);
  EXPECT_EQ(retention_time(kToday, {}, leapt, -kOneHour), kToday);
}

TEST(RetentionTime, ALeapBackTakesItAlong) {
  EXPECT_EQ(retention_time(kToday, {}, kToday - 30 * kWholeDay, kOneHour), kToday - 30 * kWholeDay);
}

TEST(RetentionTime, ItsFirstRunBeginsAtTheNewestRow) {
  EXPECT_EQ(retention_time({}, kToday - 100 * kWholeDay, kToday, kOneHour),
            kToday - 99 * kWholeDay);
  EXPECT_EQ(retention_time({}, kToday + kWholeDay, kToday, kOneHour), kToday);
}

TEST(RetentionTime, CatchesUpAfterTheDaemonWasAway) {
  WallTime mark = kToday - 48 * kWholeDay;
  WallTime wall = kToday;
  int hours = 0;
  for (; mark != wall && hours < 1000; ++hours) {
    wall += kOneHour;
    mark = retention_time(mark, {}, wall, kOneHour);
  }
  EXPECT_LE(hours, 51);
}

TEST(RetentionCuts, UndoIsNeverOlderThanRepairs) {
  RetentionSettings settings;
  settings.repairs = 10 * kWholeDay;
  settings.undo = 20 * kWholeDay;
  const RetentionCuts cuts = retention_cuts(settings, kToday);
  EXPECT_EQ(cuts.undo, kToday - 10 * kWholeDay);
  EXPECT_EQ(cut_of(StoredClass::kSteps, cuts), kToday - 10 * kWholeDay);
  EXPECT_EQ(cut_of(StoredClass::kLeaves, cuts), WallTime());
  EXPECT_EQ(cut_of(StoredClass::kAnswers, cuts), kToday - 7 * kWholeDay);
  EXPECT_EQ(cut_of(StoredClass::kDecisions, cuts), kToday - 30 * kWholeDay);
}

TEST(ChooseRepairs, ByAgeWithinTheBudget) {
  const RetentionCuts cuts = retention_cuts({}, kToday);
  const auto chosen = choose_repairs({ended_before(401 * kWholeDay), ended_before(400 * kWholeDay),
                                      ended_before(399 * kWholeDay), ended_before(Duration(0))},
                                     cuts, 0);
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(chosen[0].ended_at, kToday - 401 * kWholeDay);
}

TEST(ChooseRepairs, TheBudgetTakesTheOldestAndStopsWhenItIsMet) {
  const RetentionCuts cuts = retention_cuts({}, kToday);
  const auto chosen = choose_repairs(
      {ended_before(300 * kWholeDay), ended_before(200 * kWholeDay), ended_before(100 * kWholeDay)},
      cuts, 15);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[1].ended_at, kToday - 200 * kWholeDay);
}

TEST(ChooseRepairs, TheBudgetNeverTakesWhatMayBeTakenBackOrNeedsAPerson) {
  const RetentionCuts cuts = retention_cuts({}, kToday);
  EXPECT_TRUE(choose_repairs({ended_before(29 * kWholeDay), ended_before(30 * kWholeDay),
                              ended_before(90 * kWholeDay, 10, RepairState::kNeedsHuman)},
                             cuts, INT64_MAX)
                  .empty());
  EXPECT_EQ(
      choose_repairs({ended_before(500 * kWholeDay, 10, RepairState::kNeedsHuman)}, cuts, 0).size(),
      1U);
}

TEST(ChooseRepairs, NothingThatHasNotEnded) {
  const RetentionCuts cuts = retention_cuts({}, kToday);
  for (int i = 0; i < static_cast<int>(RepairState::kConverged); ++i) {
    EXPECT_TRUE(choose_repairs({ended_before(900 * kWholeDay, 10, static_cast<RepairState>(i))},
                               cuts, 1 << 30)
                    .empty());
  }
}

}  // namespace
}  // namespace sideband
