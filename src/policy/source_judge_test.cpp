#include "policy/source_judge.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

const WallTime kStart = from_us(1'800'000'000'000'000);
constexpr Duration kHour = std::chrono::hours(1);

SourceState scans(SourceState state, std::initializer_list<std::int64_t> counts,
                  WallTime at = kStart) {
  for (const std::int64_t count : counts) {
    state = after_scan(std::move(state), {count, count, false}, false, kHour, at);
    at += std::chrono::minutes(1);
  }
  return state;
}

TEST(SourceJudge, K1_4_ASourceThatHalvesFromScanToScanIsSuspect) {
  EXPECT_EQ(scans({}, {40, 20}).condition, SourceCondition::kGood) << "half is still there";
  const SourceState state = scans({}, {40, 20, 10});
  EXPECT_EQ(state.condition, SourceCondition::kSuspect);
  EXPECT_EQ(state.baseline, 40);
  EXPECT_EQ(scans(state, {5, 3, 2}).condition, SourceCondition::kSuspect);
}

TEST(SourceJudge, K1_4_TheFirstLookComparesDeletionsWithWhatIsThere) {
  const SourceState first = after_scan({}, {1, 40, true}, false, kHour, kStart);
  EXPECT_EQ(first.condition, SourceCondition::kSuspect);
  EXPECT_EQ(first.baseline, 40);
  EXPECT_EQ(after_scan({}, {1, 40, false}, false, kHour, kStart).condition, SourceCondition::kGood);
  EXPECT_EQ(after_scan({}, {20, 40, true}, false, kHour, kStart).condition, SourceCondition::kGood);
}

TEST(SourceJudge, K1_3_SuspicionLastsUntilHalfIsBack) {
  SourceState state = scans({}, {40, 10});
  // However long that takes: the window does not forget what it is measured against.
  state = after_scan(std::move(state), {10, 10, false}, false, kHour, kStart + 100 * kHour);
  EXPECT_EQ(state.condition, SourceCondition::kSuspect);
  state = after_failed_scan(std::move(state), "no route", kStart + 101 * kHour);
  EXPECT_EQ(state.condition, SourceCondition::kSuspect);
  EXPECT_EQ(state.error, "no route");
  state = after_scan(std::move(state), {20, 20, false}, false, kHour, kStart + 102 * kHour);
  EXPECT_EQ(state.condition, SourceCondition::kGood);
  EXPECT_TRUE(state.error.empty());
}

TEST(SourceJudge, TheBaselineForgetsAfterItsWindow) {
  SourceState state = scans({}, {40});
  state = after_scan(std::move(state), {21, 21, false}, false, kHour, kStart + 2 * kHour);
  EXPECT_EQ(state.baseline, 21);
  EXPECT_EQ(scans({}, {40, 21}).baseline, 40);
  EXPECT_EQ(scans({}, {21, 40}).fewest, 21);
}

TEST(SourceJudge, EmptyIsNotBelieved) {
  EXPECT_EQ(scans({}, {0}).condition, SourceCondition::kEmpty);
  EXPECT_EQ(scans({}, {40, 0}).condition, SourceCondition::kEmpty);
  EXPECT_EQ(after_scan({}, {0, 0, false}, true, kHour, kStart).condition, SourceCondition::kGood);
  const SourceState before = scans({}, {40});
  EXPECT_EQ(after_scan(before, {0, 0, false}, true, kHour, kStart).condition,
            SourceCondition::kSuspect)
      << "that empty is believed does not make a loss of everything believable";
}

TEST(SourceJudge, AnAcceptanceIsOfOneSize) {
  SourceState state = scans({}, {40, 10});
  state.acceptance = {"ana", "cleared out", 10, kStart};
  EXPECT_EQ(scans(state, {10}).acceptance.by, "ana");
  EXPECT_TRUE(scans(state, {9}).acceptance.by.empty());
  const SourceState accepted = after_acceptance(state, kStart);
  EXPECT_EQ(accepted.condition, SourceCondition::kGood);
  EXPECT_EQ(accepted.baseline, 10);
  EXPECT_EQ(scans(accepted, {4}).condition, SourceCondition::kSuspect);
}

TEST(SourceJudge, OfTwoThatAreOneTheMoreCarefulCounts) {
  const SourceState good = scans({}, {40, 30});
  const SourceState suspect = scans({}, {50, 10});
  for (const SourceState& merged : {merge_sources(good, suspect), merge_sources(suspect, good)}) {
    EXPECT_EQ(merged.condition, SourceCondition::kSuspect);
    EXPECT_EQ(merged.baseline, 50);
    EXPECT_EQ(merged.fewest, 30);
  }
  EXPECT_EQ(merge_sources({}, good), good);
  EXPECT_EQ(merge_sources(suspect, {}), suspect);
  EXPECT_EQ(merge_sources(good, good), good);
  SourceState unreadable;
  unreadable.error = "no route";
  EXPECT_EQ(merge_sources(good, unreadable).error, "no route");
  EXPECT_EQ(merge_sources(good, unreadable).baseline, 40);
  EXPECT_EQ(merge_sources(unreadable, good).fewest, 30) << "not known is not fewer";
}

TEST(SourceJudge, AnAcceptanceOfOneOfThemIsNone) {
  SourceState asked = scans({}, {40, 10});
  asked.acceptance = {"ana", "cleared out", 10, kStart};
  EXPECT_TRUE(merge_sources(asked, scans({}, {40})).acceptance.by.empty());
}

TEST(SourceState, IsKeptAsItIs) {
  SourceState state = scans({}, {40, 10});
  state.error = "no route";
  state.acceptance = {"ana", "cleared out", 10, kStart};
  const auto back = decode_source(encode_source(state));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, state);
  EXPECT_EQ(*decode_source(""), SourceState{});
  EXPECT_FALSE(decode_source("damaged").ok());
  std::string cut = encode_source(state);
  cut.pop_back();
  EXPECT_FALSE(decode_source(cut).ok());
}

}  // namespace
}  // namespace sideband
