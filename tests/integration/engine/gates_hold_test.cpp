// A gate holds on every way in: scans, wakes, what people ask for, claims; through renames, reloads
// and a store that somebody else changed.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "both_stores.h"
#include "engine/decide/gate_state.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class GatesHoldTest : public BothStoresTest {
 protected:
  static std::string key(int i) { return fmt::format("k{:02}", i); }

  // A source of `count` items that was seen whole, and everything is in sync.
  void seen(int count) {
    fill(count);
    spec_.repair.prune = true;
    start();
    ASSERT_TRUE(observe().result.ok());
  }
  void lose(int first, int last) {
    for (int i = first; i <= last; ++i) desired_.erase(key(i));
  }
  std::vector<std::string> keys(int first, int last) {
    std::vector<std::string> out;
    for (int i = first; i <= last; ++i) out.push_back(key(i));
    return out;
  }
  ReconcilerHead head(const std::string& name = "fleet") {
    ReconcilerHead out;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& reader) -> Result<void> {
                      SB_ASSIGN(const auto row, reader.head(name));
                      out = row.value_or(ReconcilerHead{});
                      return {};
                    })
                    .ok());
    return out;
  }
  CycleReply observe_as(const std::string& name, std::vector<std::string> keys = {}) {
    return observe(std::move(keys), Principal::loop(), name);
  }
  // What holds the plan of this look, and nothing was written.
  void expect_held(const CycleReply& reply, GateId gate) {
    ASSERT_TRUE(reply.result.ok()) << reply.result.error().message;
    EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
    bool found = false;
    for (const Reason& reason : reply.sealed.decision.reasons) {
      found |= reason.gate == gate && !reason.passed();
    }
    EXPECT_TRUE(found) << refusals_text(reply.sealed.decision.reasons);
    EXPECT_EQ(actual_.writes(), 0);
  }
};

TEST_P(GatesHoldTest, K1_1_NobodyAppliesThePlanOfASuspectSourceAlone) {
  seen(20);
  lose(0, 11);
  const CycleReply reply = observe();
  expect_held(reply, GateId::kSource);
  const Uuid plan = reply.sealed.plan.id;
  const auto alone = engine_->commands().plans.apply(plan, person("kim"), {});
  ASSERT_FALSE(alone.ok());
  EXPECT_THAT(alone.error().message, HasSubstr("suspect source: 8 desired items, it had 20"));
  EXPECT_THAT(alone.error().message, HasSubstr("--accept-source"));
  const auto other = engine_->commands().plans.apply(plan, person("kim"), {GateId::kMaxChanges});
  EXPECT_FALSE(other.ok()) << "the release of another gate";
  const auto asked = engine_->commands().plans.apply(plan, person("kim"), {GateId::kSource});
  ASSERT_TRUE(asked.ok()) << asked.error().message;
  EXPECT_EQ(asked->state, RepairState::kAwaitingApproval);
  EXPECT_FALSE(
      engine_->commands().approvals.approve(plan, person("kim"), reply.sealed.plan.hash, "").ok());
  EXPECT_EQ(actual_.writes(), 0);
  ASSERT_TRUE(
      engine_->commands().approvals.approve(plan, person("lee"), reply.sealed.plan.hash, "").ok());
  EXPECT_EQ(resting(plan).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content().size(), 8U);
}

TEST_P(GatesHoldTest, K1_1_UpdatesOfASuspectSourceHoldToo) {
  seen(20);
  lose(0, 11);
  desired_.set(key(15), "another value");
  expect_held(observe(), GateId::kSource);
  expect_held(observe(keys(15, 15)), GateId::kSource);
  expect_held(observe(keys(15, 15), person("kim")), GateId::kSource);
}

TEST_P(GatesHoldTest, K1_2_AWakeOfManyDeletionsCountsTheSourceFirst) {
  seen(40);
  lose(0, 38);
  expect_held(observe(keys(0, 38)), GateId::kSource);
  expect_held(observe(keys(3, 3)), GateId::kSource);
  expect_held(observe(keys(3, 3), person("kim")), GateId::kSource);
}

TEST_P(GatesHoldTest, K1_2_ASourceThatLosesItemsSlowlyMeetsTheCapOnDeletions) {
  spec_.gates.max_deletes = GateSettings().max_deletes;
  seen(40);
  int deleted = 0;
  for (int i = 0; i < 10; ++i) {
    lose(i, i);
    const CycleReply reply = observe(keys(i, i));
    if (!reply.sealed.has_repair) continue;
    EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
    ++deleted;
  }
  EXPECT_EQ(deleted, 4) << "10 % of 40";
  EXPECT_EQ(actual_.content().size(), 36U);
}

TEST_P(GatesHoldTest, K1_3_SuspicionIsNotOverwrittenByWhatAnotherGateSays) {
  seen(20);
  ASSERT_TRUE(engine_->commands()
                  .switches.pause(PauseScope::of_key("fleet"), person("kim"), "release")
                  .ok());
  lose(0, 11);
  expect_held(observe(), GateId::kPause);
  desired_.set(key(15), "another value");
  expect_held(observe(keys(15, 15)), GateId::kPause);
  ASSERT_TRUE(
      engine_->commands().switches.resume(PauseScope::of_key("fleet"), person("kim"), "done").ok());
  expect_held(observe(keys(0, 3)), GateId::kSource);
  restart();
  expect_held(observe(keys(0, 3)), GateId::kSource);
  EXPECT_EQ(head().source.condition, SourceCondition::kSuspect);
}

TEST_P(GatesHoldTest, K1_4_HalvingFromScanToScanIsNoticed) {
  seen(40);
  spec_.gates.max_deletes = {};
  lose(0, 19);
  ASSERT_EQ(observe_and_rest().state, RepairState::kConverged) << "half of it is still there";
  lose(20, 29);
  const CycleReply reply = observe();
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.content().size(), 20U);
}

TEST_P(GatesHoldTest, K1_4_TheFirstLookDeletesNoMajority) {
  fill(40);
  spec_.repair.prune = true;
  lose(0, 38);
  start();
  expect_held(observe(), GateId::kSource);
  EXPECT_EQ(actual_.content().size(), 40U);
}

// What has to last is no candidate of the first look, and none the less says how much is there.
TEST_P(GatesHoldTest, K1_4_TheFirstLookDeletesNoMajorityWhereDriftHasToLast) {
  fill(40);
  spec_.repair.prune = true;
  spec_.gates.max_deletes = {};
  spec_.detect.hold = std::chrono::milliseconds(1);
  lose(0, 38);
  start();
  observe();
  let_pass(std::chrono::milliseconds(5));
  expect_held(observe(), GateId::kSource);
  EXPECT_EQ(actual_.content().size(), 40U);
}

TEST_P(GatesHoldTest, K1_5_AReleaseIsOfOneGate) {
  fill(20);
  spec_.gates.max_changes = {1, 0, std::chrono::hours(1)};
  settings_.guardrails.emplace();
  settings_.guardrails->version = "g1";
  settings_.guardrails->max_changes = {1, 0, std::chrono::hours(1)};
  start();
  for (int i = 0; i < 3; ++i) actual_.set(key(i), "drifted");
  const CycleReply reply = observe();
  expect_held(reply, GateId::kSiteMaxChanges);
  const Uuid plan = reply.sealed.plan.id;
  const auto one = engine_->commands().plans.apply(plan, person("kim"), {GateId::kMaxChanges});
  ASSERT_FALSE(one.ok());
  EXPECT_THAT(one.error().message, HasSubstr("guardrails.maxChanges: 3 changes, limit 1"));
  EXPECT_THAT(one.error().message, ::testing::Not(HasSubstr("; maxChanges:")));
  const auto both = engine_->commands().plans.apply(plan, person("kim"),
                                                    {GateId::kMaxChanges, GateId::kSiteMaxChanges});
  EXPECT_TRUE(both.ok());
}

TEST_P(GatesHoldTest, K1_6_ARenamedReconcilerKeepsItsWindow) {
  fill(20);
  spec_.gates.max_changes = {2, 0, std::chrono::hours(1)};
  start();
  actual_.set(key(0), "drifted");
  actual_.set(key(1), "drifted");
  ASSERT_EQ(observe_and_rest().state, RepairState::kConverged);
  rename("ships");
  actual_.set(key(2), "drifted");
  const CycleReply reply = observe_as("ships");
  ASSERT_TRUE(reply.result.ok());
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.writes(), 2);
}

TEST_P(GatesHoldTest, K1_4_ARenamedReconcilerKeepsTheMeasureOfItsSource) {
  seen(20);
  lose(0, 11);
  rename("ships");
  expect_held(observe_as("ships"), GateId::kSource);
  EXPECT_EQ(head("ships").source.baseline, 20);
  expect_held(observe_as("ships", keys(0, 5)), GateId::kSource);
}

TEST_P(GatesHoldTest, K1_4_AWakeBeforeTheFirstScanOfANewNameKnowsTheSource) {
  seen(20);
  lose(0, 11);
  rename("ships");
  expect_held(observe_as("ships", keys(0, 5)), GateId::kSource);
}

TEST_P(GatesHoldTest, K1_3_ARenameForgetsNoSuspicion) {
  seen(20);
  lose(0, 11);
  expect_held(observe(), GateId::kSource);
  rename("ships");
  expect_held(observe_as("ships"), GateId::kSource);
  Commands& commands = engine_->commands();
  ASSERT_TRUE(commands.switches.accept_source("ships", person("kim"), "cleared out").ok());
  EXPECT_TRUE(commands.switches.accept_source("ships", person("lee"), "yes")->by.empty());
  EXPECT_EQ(head("ships").source.condition, SourceCondition::kGood);
  EXPECT_EQ(head("fleet").source.condition, SourceCondition::kGood) << "it is one source";
}

TEST_P(GatesHoldTest, K1_4_AnEditedPartKeepsTheMeasureOfItsSource) {
  seen(20);
  lose(0, 11);
  spec_.actual.options["files"] = "*.yaml";
  spec_.version = "v2";
  settings_.version = "s2";
  engine_->reload(std::make_shared<Settings>(settings_));
  expect_held(observe(), GateId::kSource);
}

TEST_P(GatesHoldTest, K1_6_AResourceRestsUnderEveryName) {
  fill(20);
  spec_.gates.cooldown = std::chrono::hours(1);
  start();
  actual_.set(key(0), "drifted");
  ASSERT_EQ(observe_and_rest().state, RepairState::kConverged);
  rename("ships");
  actual_.set(key(0), "drifted");
  actual_.set(key(1), "drifted");
  const CycleReply reply = observe_as("ships");
  ASSERT_TRUE(reply.result.ok());
  EXPECT_EQ(reply.sealed.plan.counts.changes(), 1) << "the other one may be repaired";
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_EQ(head("ships").cooling, 1);
  EXPECT_EQ(actual_.content().at(key(0)), "drifted");
}

// Written while the machine's clock was years ahead, by a run before this one.
TEST_P(GatesHoldTest, K1_6_WhatWasWrittenAheadOfTimeEndsAllTheSame) {
  fill(20);
  spec_.gates.max_changes = {1, 0, std::chrono::milliseconds(200)};
  spec_.gates.cooldown = std::chrono::milliseconds(1);
  start();
  const std::string scope = engine_->runtime("fleet")->scope;
  const WallTime ahead = clock_.wall() + std::chrono::hours(87'600);
  ASSERT_TRUE(store_
                  ->run(Lane::kControl,
                        [&](StoreTx& store) {
                          ChangeWindow window;
                          window.add(ahead, spec_.gates.max_changes.window, 1);
                          return store.put_window({WindowKind::kChanges, scope}, window.slots());
                        })
                  .ok());
  actual_.set(key(0), "drifted");
  expect_held(observe(), GateId::kMaxChanges);
  EXPECT_TRUE(until([&] { return observe().sealed.decision.verdict == Verdict::kAct; }));
}

TEST_P(GatesHoldTest, K1_6_APausedReconcilerThatIsRenamedStaysPaused) {
  seen(20);
  Commands& commands = engine_->commands();
  ASSERT_TRUE(commands.switches.pause(PauseScope::of_key("fleet"), person("kim"), "release").ok());
  rename("ships");
  actual_.set(key(0), "drifted");
  const CycleReply reply = observe_as("ships");
  expect_held(reply, GateId::kPause);
  for (const Reason& reason : reply.sealed.decision.reasons) {
    if (reason.gate != GateId::kPause) continue;
    EXPECT_EQ(opens_text(reason), "sideband resume fleet");
  }
  ASSERT_TRUE(commands.switches.resume(PauseScope::of_key("fleet"), person("kim"), "").ok());
  EXPECT_EQ(resting(observe_as("ships").sealed.repair.id).state, RepairState::kConverged);
}

TEST_P(GatesHoldTest, WhatWaitsUnderAFormerNameHoldsNothing) {
  fill(20);
  spec_.mode = Mode::kApprove;
  start();
  actual_.set(key(0), "drifted");
  ASSERT_EQ(observe().sealed.repair.state, RepairState::kAwaitingApproval);
  rename("ships");
  EXPECT_EQ(observe_as("ships").sealed.repair.state, RepairState::kAwaitingApproval);
}

TEST_P(GatesHoldTest, K1_6_OneFolderUnderTwoNamesIsOnePlace) {
  fill(20);
  spec_.gates.max_changes = {1, 0, std::chrono::hours(1)};
  settings_.targets["have"].connect = {{"root", "/srv/have"}};
  start();
  actual_.set(key(0), "drifted");
  ASSERT_EQ(observe_and_rest().state, RepairState::kConverged);
  const std::string before = engine_->runtime("fleet")->scope;
  settings_.targets["have"].connect = {{"root", "/srv//have/"}};
  settings_.version = "s2";
  spec_.version = "v2";
  engine_->reload(std::make_shared<Settings>(settings_));
  EXPECT_EQ(engine_->runtime("fleet")->scope, before);
}

// A scope that was edited is another place; what its reconciler did before still counts.
TEST_P(GatesHoldTest, K1_6_AnEditedScopeKeepsItsWindow) {
  fill(20);
  spec_.gates.max_changes = {1, 0, std::chrono::hours(1)};
  start();
  actual_.set(key(0), "drifted");
  ASSERT_EQ(observe_and_rest().state, RepairState::kConverged);
  spec_.actual.options["files"] = "*.yaml";
  spec_.version = "v2";
  settings_.version = "s2";
  engine_->reload(std::make_shared<Settings>(settings_));
  actual_.set(key(1), "drifted");
  EXPECT_EQ(observe().sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.writes(), 1);
}

TEST_P(GatesHoldTest, K1_7_ASuspendedReconcilerActsOnlyForAPerson) {
  fill(20);
  spec_.suspend = true;
  start();
  actual_.set(key(0), "drifted");
  const CycleReply reply = observe();
  expect_held(reply, GateId::kSuspend);
  ASSERT_TRUE(engine_->commands().plans.apply(reply.sealed.plan.id, person("kim"), {}).ok());
  EXPECT_EQ(resting(reply.sealed.plan.id).state, RepairState::kConverged);
}

TEST_P(GatesHoldTest, K1_7_ASourceIsAcceptedByTwoWithAReason) {
  seen(20);
  lose(0, 11);
  expect_held(observe(), GateId::kSource);
  Commands& commands = engine_->commands();
  EXPECT_FALSE(commands.switches.accept_source("fleet", person("kim"), "").ok()) << "why?";
  ASSERT_TRUE(commands.switches.accept_source("fleet", person("kim"), "cleared out").ok());
  EXPECT_EQ(commands.switches.accept_source("fleet", person("kim"), "I mean it")->by, "kim")
      << "the same person";
  expect_held(observe(), GateId::kSource);
  lose(12, 12);
  EXPECT_TRUE(observe().result.ok());
  EXPECT_EQ(commands.switches.accept_source("fleet", person("lee"), "yes")->by, "lee")
      << "another size than the first one saw";
  EXPECT_TRUE(commands.switches.accept_source("fleet", person("kim"), "yes")->by.empty());
  EXPECT_EQ(head().source.condition, SourceCondition::kGood);
  EXPECT_EQ(head().source.baseline, 7);
  EXPECT_FALSE(commands.switches.accept_source("fleet", person("kim"), "again").ok())
      << "it is not suspect";
}

TEST_P(GatesHoldTest, K1_9_ChangesThatSomebodyPutIntoTheStoreAreNotMade) {
  fill(20);
  spec_.mode = Mode::kApprove;
  start();
  actual_.set(key(0), "drifted");
  const CycleReply reply = observe();
  ASSERT_EQ(reply.sealed.repair.state, RepairState::kAwaitingApproval);
  const Change forged{key(1), ChangeOp::kUpdate, State::of_bytes("v" + key(1)),
                      State::of_bytes("forged")};
  ASSERT_TRUE(store_
                  ->run(Lane::kControl,
                        [&](StoreTx& store) {
                          return store.replace_chunk(reply.sealed.plan.id, 0,
                                                     encode_changes({forged}));
                        })
                  .ok());
  ASSERT_TRUE(
      engine_->commands()
          .approvals.approve(reply.sealed.plan.id, person("kim"), reply.sealed.plan.hash, "")
          .ok());
  const Repair repair = resting(reply.sealed.plan.id);
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(repair.note, HasSubstr("the store was changed by somebody else"));
  EXPECT_EQ(actual_.writes(), 0);
}

// As configured, whether the targets can be reached or not.
TEST_P(GatesHoldTest, AnApprovalExpiresAlsoWhileNoTargetIsReachable) {
  fill(20);
  spec_.mode = Mode::kApprove;
  start();
  actual_.set(key(0), "drifted");
  const CycleReply reply = observe();
  ASSERT_EQ(reply.sealed.repair.state, RepairState::kAwaitingApproval);
  spec_.gates.approval.expires = std::chrono::milliseconds(1);
  spec_.desired.target = "gone";
  restart();
  std::optional<Repair> now;
  const auto look = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(now, store.repair(reply.sealed.repair.id));
    return {};
  };
  EXPECT_TRUE(until(
      [&] { return store_->read(look).ok() && now && now->state == RepairState::kSuperseded; }));
  EXPECT_EQ(now->note, "the approval expired");
}

TEST_P(GatesHoldTest, K1_9_ARepairThatWasSetToQueuedByHandIsNotBegun) {
  fill(20);
  spec_.mode = Mode::kApprove;
  start();
  actual_.set(key(0), "drifted");
  const CycleReply reply = observe();
  ASSERT_TRUE(store_
                  ->run(Lane::kControl,
                        [&](StoreTx& store) {
                          Repair repair = reply.sealed.repair;
                          repair.state = RepairState::kQueued;
                          return store.update_repair(repair);
                        })
                  .ok());
  restart();
  const Repair repair = resting(reply.sealed.plan.id);
  EXPECT_EQ(repair.state, RepairState::kSuperseded);
  EXPECT_THAT(repair.note, HasSubstr("approval: needs 1 reviewer(s)"));
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_P(GatesHoldTest, K1_10_WithoutAnyConfigurationDeletionsAreCappedAndRepairsRest) {
  spec_.gates = GateSettings();
  seen(20);
  lose(0, 2);
  expect_held(observe(), GateId::kMaxDeletes);
  desired_.set(key(0), "v" + key(0));
  desired_.set(key(1), "v" + key(1));
  desired_.set(key(2), "v" + key(2));
  actual_.set(key(5), "drifted");
  ASSERT_EQ(observe_and_rest().state, RepairState::kConverged);
  actual_.set(key(5), "drifted again");
  const CycleReply reply = observe();
  EXPECT_FALSE(reply.sealed.has_repair) << "it rests";
  EXPECT_EQ(head().cooling, 1);
}

// What a suspect source means for a repair that was let through before.
TEST_P(GatesHoldTest, AQueuedRepairIsNotBegunOnceTheSourceIsSuspect) {
  seen(20);
  spec_.mode = Mode::kApprove;
  spec_.version = "v2";
  settings_.version = "s2";
  engine_->reload(std::make_shared<Settings>(settings_));
  lose(0, 0);
  const CycleReply reply = observe();
  ASSERT_EQ(reply.sealed.repair.state, RepairState::kAwaitingApproval);
  lose(1, 11);
  EXPECT_EQ(observe().sealed.decision.verdict, Verdict::kHold);
  ASSERT_TRUE(
      engine_->commands()
          .approvals.approve(reply.sealed.plan.id, person("kim"), reply.sealed.plan.hash, "")
          .ok());
  const Repair repair = resting(reply.sealed.plan.id);
  EXPECT_EQ(repair.state, RepairState::kSuperseded);
  EXPECT_THAT(repair.note, HasSubstr("suspect source"));
  EXPECT_EQ(actual_.writes(), 0);
}

SB_ON_BOTH_STORES(GatesHoldTest);

}  // namespace
}  // namespace sideband
