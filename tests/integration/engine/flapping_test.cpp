// Resources whose repairs somebody takes back again and again: they are left alone, and nothing
// else is.
#include <gmock/gmock.h>

#include "both_stores.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class FlappingTest : public BothStoresTest {
 protected:
  FlappingTest() {
    spec_.gates.cooldown = std::chrono::microseconds(1);
    spec_.gates.flapping = {};
    fill(4);
  }

  // Somebody else writes it, and the loop looks; whether that began a repair, which is waited for.
  bool reverted(const std::string& key, const std::string& theirs = "theirs") {
    actual_.set(key, theirs);
    const CycleReply reply = observe();
    if (!reply.sealed.has_repair) return false;
    EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
    return true;
  }
  Drift drift(const std::string& key) {
    for (const Drift& one : drifts()) {
      if (one.key == key) return one;
    }
    return {};
  }
  // Somebody else writes it, and a repair is begun, which ends in any way.
  bool reached(const std::string& key) {
    actual_.set(key, "theirs");
    const CycleReply reply = observe();
    if (reply.sealed.has_repair) resting(reply.sealed.repair.id);
    return reply.sealed.has_repair;
  }
  // As if the repair of what rests had ended so much earlier.
  void repaired_before(Duration time) {
    EXPECT_TRUE(store_
                    ->run(Lane::kControl,
                          [&](StoreTx& store) -> Result<void> {
                            SB_ASSIGN(auto rows, store.list_drifts("fleet", "", 100));
                            for (Drift& row : rows) row.until = clock_.wall() - time;
                            return store.put_drifts("fleet", rows);
                          })
                    .ok());
  }
  void flap(const std::string& key) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(reverted(key)) << i;
    ASSERT_FALSE(reverted(key));
  }
};

// A fix that works, but the drift returns: the third return is a person's matter, and nothing is
// done a fourth time.
TEST_P(FlappingTest, AcceptanceTest01_AFixThatDoesNotLastIsEscalatedAndNotRepeated) {
  start();
  flap("k01");
  EXPECT_EQ(actual_.writes(), 3);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(reverted("k01"));
  EXPECT_EQ(actual_.writes(), 3);
  EXPECT_EQ(drift("k01").state, DriftState::kLeftAlone);
  EXPECT_EQ(status().kind, StatusKind::kFlapping);
  EXPECT_THAT(status().why, HasSubstr("somebody takes the repairs back"));
  EXPECT_TRUE(status().until.has_value());
  EXPECT_THAT(audit_kinds(), Contains("flapping"));
}

TEST_P(FlappingTest, OthersAreRepairedAllTheSame) {
  start();
  flap("k01");
  EXPECT_TRUE(reverted("k02"));
  EXPECT_EQ(actual_.content().at("k01"), "theirs");
}

// Where people approve each repair they decide of this one, too.
TEST_P(FlappingTest, WhatPeopleDecideOfIsShownAndNotLeftAlone) {
  spec_.mode = Mode::kApprove;
  start();
  for (int i = 0; i < 5; ++i) {
    actual_.set("k01", "theirs");
    const CycleReply reply = observe();
    ASSERT_TRUE(reply.sealed.has_repair) << i;
    EXPECT_EQ(approved(reply).state, RepairState::kConverged);
  }
  EXPECT_EQ(drift("k01").reopens, 4);
  EXPECT_THAT(audit_kinds(), Not(Contains("flapping")));
  EXPECT_NE(drift("k01").state, DriftState::kLeftAlone);
}

TEST_P(FlappingTest, WithoutACooldownItIsCountedAsWell) {
  spec_.gates.cooldown = Duration(0);
  start();
  flap("k01");
}

// Where something else is wanted each time nobody takes anything back, however often it changes.
TEST_P(FlappingTest, WhatIsWantedOtherwiseIsNoReturn) {
  start();
  for (int i = 0; i < 8; ++i) {
    desired_.set("k01", "version " + std::to_string(i));
    const CycleReply reply = observe();
    ASSERT_TRUE(reply.sealed.has_repair) << i;
    EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  }
  EXPECT_EQ(drift("k01").reopens, 0);
  EXPECT_THAT(audit_kinds(), Not(Contains("flapping")));
}

TEST_P(FlappingTest, AnotherWishEndsIt) {
  start();
  flap("k01");
  desired_.set("k01", "something new");
  EXPECT_TRUE(reverted("k01"));
  EXPECT_EQ(actual_.content().at("k01"), "something new");
}

// A source that does not show it for a moment wants nothing else.
TEST_P(FlappingTest, WhatIsNotWantedForAMomentEndsNothing) {
  spec_.repair.prune = true;
  spec_.gates.max_deletes = {0, 1'000'000, std::chrono::hours(1)};
  start();
  flap("k01");
  desired_.erase("k01");
  EXPECT_FALSE(observe().sealed.has_repair) << "whether it is gone for good nobody knows";
  desired_.set("k01", "vk01");
  EXPECT_FALSE(reverted("k01"));
  EXPECT_EQ(drift("k01").state, DriftState::kLeftAlone);
  EXPECT_EQ(actual_.content().at("k01"), "theirs");
}

TEST_P(FlappingTest, APersonWhoAsksForItEndsIt) {
  start();
  flap("k01");
  const CycleReply reply = observe({"k01"}, person("kim"));
  ASSERT_TRUE(reply.sealed.has_repair);
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_TRUE(reverted("k01")) << "it is counted from the beginning";
}

TEST_P(FlappingTest, ItEndsByItselfAfterItsRest) {
  spec_.gates.flapping.rest = std::chrono::milliseconds(300);
  start();
  flap("k01");
  EXPECT_TRUE(until([&] { return reverted("k01"); }));
  EXPECT_FALSE(reverted("k01")) << "once more is enough then";
}

TEST_P(FlappingTest, WithoutARestNothingIsLeftAlone) {
  spec_.gates.flapping.rest = Duration(0);
  start();
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(until([&] { return reverted("k01"); }));
  EXPECT_THAT(audit_kinds(), Not(Contains("flapping")));
}

// Whoever switches it off for a moment does not make it begin anew.
TEST_P(FlappingTest, AChangeOfTheSettingsEndsTheRestAndNotTheCount) {
  start();
  flap("k01");
  spec_.mode = Mode::kPropose;
  restart();
  EXPECT_FALSE(reverted("k01"));
  EXPECT_NE(drift("k01").state, DriftState::kLeftAlone);
  EXPECT_EQ(drift("k01").reopens, 3);
  spec_.mode = Mode::kAuto;
  restart();
  EXPECT_TRUE(reverted("k01")) << "it is no return: it was never repaired";
  EXPECT_FALSE(reverted("k01"));
}

// A job that writes every hour is as much a quarrel as one that writes every second.
TEST_P(FlappingTest, ItIsRememberedForTheWholeOfItsTime) {
  start();
  ASSERT_TRUE(reverted("k01"));
  for (int i = 0; i < 2; ++i) {
    repaired_before(std::chrono::minutes(119));
    ASSERT_FALSE(observe().sealed.has_repair);
    ASSERT_TRUE(reverted("k01")) << i;
  }
  EXPECT_EQ(drift("k01").reopens, 2);
  repaired_before(std::chrono::minutes(121));
  ASSERT_TRUE(reverted("k01")) << "though no scan came between";
  EXPECT_EQ(drift("k01").reopens, 0);
  repaired_before(std::chrono::minutes(121));
  ASSERT_FALSE(observe().sealed.has_repair);
  EXPECT_TRUE(drift("k01").key.empty()) << "a scan forgets it";
}

// What was repaired by others meanwhile, or moved while we were at it, took nothing of ours back.
TEST_P(FlappingTest, WhatMovedWhileItWasRepairedIsNoReturn) {
  start();
  for (int i = 0; i < 4; ++i) {
    actual_.before_apply([&]() -> Result<void> {
      actual_.set("k01", "moved " + std::to_string(i));
      return {};
    });
    EXPECT_TRUE(until([&] { return reached("k01"); })) << i;
  }
  actual_.before_apply({});
  EXPECT_EQ(drift("k01").reopens, 0);
  EXPECT_GE(drift("k01").refused, 4);
  EXPECT_TRUE(until([&] { return reverted("k01"); }));
  EXPECT_EQ(drift("k01").refused, 0);
  EXPECT_EQ(drift("k01").reopens, 0);
}

TEST_P(FlappingTest, ARestartForgetsNothing) {
  start();
  ASSERT_TRUE(reverted("k01"));
  ASSERT_TRUE(reverted("k01"));
  restart();
  ASSERT_TRUE(reverted("k01"));
  restart();
  EXPECT_FALSE(reverted("k01"));
  restart();
  EXPECT_FALSE(reverted("k01"));
}

// A rename is no way out, nor into a second count.
TEST_P(FlappingTest, ARenameForgetsNothing) {
  start();
  flap("k01");
  rename("fleet-two");
  const CycleReply reply = observe({}, Principal::loop(), "fleet-two");
  EXPECT_FALSE(reply.sealed.has_repair);
}

TEST_P(FlappingTest, DeletionsThatComeBackAreReturnsAsWell) {
  spec_.repair.prune = true;
  spec_.gates.max_deletes = {0, 1'000'000, std::chrono::hours(1)};
  start();
  for (int i = 0; i < 3; ++i) {
    actual_.set("zz", "theirs");
    const CycleReply reply = observe();
    ASSERT_TRUE(reply.sealed.has_repair) << i;
    EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  }
  actual_.set("zz", "theirs");
  EXPECT_FALSE(observe().sealed.has_repair);
}

SB_ON_BOTH_STORES(FlappingTest);

}  // namespace
}  // namespace sideband
