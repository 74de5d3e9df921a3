// What must not happen: each test is one way in which a repair tool does harm.
#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

TEST_F(EngineTest, TargetChangedBetweenDecisionAndAct) {
  fill(4);
  spec_.mode = Mode::kApprove;
  start();
  actual_.set("k00", "drifted");
  const Repair waiting = observe_and_rest();
  actual_.set("k00", "fixed by a person in the meantime");
  const std::string hash = observe().sealed.plan.hash;
  (void)hash;
  Plan plan;
  ASSERT_TRUE(store_
                  ->read([&](StoreReader& store) -> Result<void> {
                    SB_ASSIGN(const auto row, store.plan(waiting.plan));
                    plan = *row;
                    return {};
                  })
                  .ok());
  ASSERT_TRUE(engine_->commands().approvals.approve(waiting.id, person("kim"), plan.hash, "").ok());
  EXPECT_NE(resting(waiting.id).state, RepairState::kAwaitingApproval);
  EXPECT_EQ(actual_.content().at("k00"), "fixed by a person in the meantime");
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_F(EngineTest, TargetChangedBetweenReadAndWrite) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  actual_.before_apply([this]() -> Result<void> {
    actual_.before_apply({});
    actual_.set("k00", "written at the last moment");
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.refused, 1);
  EXPECT_EQ(actual_.content().at("k00"), "written at the last moment");
}

// Every scan sees the held drift anew. Once a person let the plan run, the next scan must leave it
// to that repair, also where its own gate would let a second one through.
TEST_F(EngineTest, AppliedPlanIsNotRepairedTwiceByTheNextScan) {
  fill(4);
  spec_.gates.max_changes = {1, 0, std::chrono::milliseconds(1)};
  start();
  actual_.set("k00", "drifted");
  actual_.set("k01", "drifted");
  const Plan held = observe().sealed.plan;
  EXPECT_TRUE(observe().sealed.repeated);
  const auto asked = engine_->commands().plans.apply(held.id, person("kim"), {GateId::kMaxChanges});
  ASSERT_TRUE(asked.ok()) << asked.error().message;
  EXPECT_FALSE(observe().sealed.planned) << "both keys are with the repair that waits";
  const CycleReply one = observe({"k00"}, person("sam"));
  EXPECT_FALSE(one.sealed.has_repair) << "one key alone would pass the gate";
  EXPECT_EQ(one.sealed.open, 1);
  ASSERT_TRUE(engine_->commands().approvals.approve(held.id, person("lee"), held.hash, "").ok());
  EXPECT_EQ(resting(held.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.writes(), 2);
  EXPECT_TRUE(drifts().empty());
}

// The same drift under a new configuration is not the repetition that it looks like: the plan that
// is held is of the old one, and nobody could apply it.
TEST_F(EngineTest, HeldPlanIsMadeAnewAfterAReload) {
  fill(4);
  spec_.gates.max_changes = {1, 0, std::chrono::hours(1)};
  start();
  actual_.set("k00", "drifted");
  actual_.set("k01", "drifted");
  const Plan old = observe().sealed.plan;
  spec_.version = "v2";
  engine_->reload(std::make_shared<Settings>(settings_));
  EXPECT_FALSE(engine_->commands().plans.apply(old.id, person("kim"), {GateId::kMaxChanges}).ok());
  const CycleReply reply = observe();
  EXPECT_FALSE(reply.sealed.repeated);
  const auto asked =
      engine_->commands().plans.apply(reply.sealed.plan.id, person("kim"), {GateId::kMaxChanges});
  EXPECT_TRUE(asked.ok()) << asked.error().message;
}

// A repair that ended with a person rests; a person may let it be tried again.
TEST_F(EngineTest, WhatRestsIsJudgedAnewWhenAPersonSaysSo) {
  fill(4);
  spec_.retry.limit = 0;
  start();
  actual_.set("k00", "drifted");
  actual_.before_apply([]() -> Result<void> { return Error::unavailable("no route"); });
  const Repair failed = observe_and_rest();
  EXPECT_EQ(failed.state, RepairState::kNeedsHuman);
  actual_.before_apply({});
  EXPECT_FALSE(observe().sealed.has_repair) << "it rests";
  const auto woken =
      engine_->commands().repairs.retry(failed.id, person("kim"), "the route is back");
  ASSERT_TRUE(woken.ok()) << woken.error().message;
  EXPECT_EQ(*woken, 1);
  EXPECT_EQ(drifts().at(0).attempts, 0);
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_EQ(engine_->commands().repairs.retry(failed.id, person("kim"), "again").value(), 0);
}

TEST_F(EngineTest, PeopleAreRefusedWhileTooManyRepairsWait) {
  fill(4);
  spec_.mode = Mode::kApprove;
  max_waiting_ = 1;
  start();
  actual_.set("k00", "drifted");
  EXPECT_EQ(observe({"k00"}, person("kim")).sealed.repair.state, RepairState::kAwaitingApproval);
  actual_.set("k01", "drifted");
  EXPECT_TRUE(until([&] { return !observe({"k01"}, person("kim")).result.ok(); }));
  EXPECT_EQ(observe({"k01"}, person("kim")).result.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(observe().result.ok()) << "the loop goes on";
}

// Locks of a repair that waits can be freed; with another one's hands on the resources it waits on.
TEST_F(EngineTest, ReleasedLocksAreAskedForAgain) {
  fill(4);
  spec_.retry.initial = spec_.retry.max = std::chrono::hours(1);
  start();
  actual_.set("k00", "drifted");
  actual_.before_apply([]() -> Result<void> { return Error::unavailable("no route"); });
  const Uuid id = observe().sealed.repair.id;
  ASSERT_TRUE(until(
      [&] { return engine_->commands().repairs.release_locks(id, person("kim"), "stuck").ok(); }));
  std::vector<RangeLock> locks;
  const auto look = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(locks, store.locks(Uuid(), 10));
    return {};
  };
  ASSERT_TRUE(store_->read(look).ok());
  EXPECT_TRUE(locks.empty());
  const auto again = engine_->commands().repairs.release_locks(id, person("kim"), "stuck");
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(audit_kinds().back(), "unlock");
}

TEST_F(EngineTest, SourceChangedAfterTheDecision) {
  fill(4);
  spec_.mode = Mode::kApprove;
  start();
  actual_.set("k00", "old price");
  const CycleReply reply = observe();
  desired_.set("k00", "newer price");
  ASSERT_TRUE(
      engine_->commands()
          .approvals.approve(reply.sealed.repair.id, person("kim"), reply.sealed.plan.hash, "")
          .ok());
  EXPECT_EQ(resting(reply.sealed.repair.id).refused, 1);
  EXPECT_EQ(actual_.content().at("k00"), "old price");
}

// The reader fills the cache from the source between our two reads: the other order would now
// write an old value over a fresh one.
TEST_F(EngineTest, CacheRefilledBetweenTheTwoReads) {
  fill(4);
  start();
  actual_.set("k00", "stale");
  int reads = 0;
  desired_.on_read([&, this]() -> Result<void> {
    if (++reads == 2) {  // the executor's read of the desired side
      desired_.set("k00", "v2");
      actual_.set("k00", "v2");
    }
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(actual_.content().at("k00"), "v2");
  EXPECT_EQ(repair.changed, 0);
}

TEST_F(EngineTest, CutSourceStreamIsNoConclusion) {
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "n" + std::to_string(10'000 + i);
    desired_.set(key, "same");
    actual_.set(key, "same");
  }
  spec_.repair.prune = true;
  start();
  actual_.set("n10001", "drifted");
  int pages = 0;
  desired_.on_scan([&]() -> Result<void> {
    if (++pages == 3) return Error::unavailable("connection reset");
    return {};
  });
  EXPECT_FALSE(observe().result.ok());
  EXPECT_TRUE(drifts().empty());
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_F(EngineTest, EmptySourceDeletesNothing) {
  fill(10);
  spec_.repair.prune = true;
  start();
  for (const auto& [key, value] : desired_.content()) desired_.erase(key);
  const CycleReply reply = observe();
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.content().size(), 10U);
}

// A look at some keys sees "absent" there, as of a true extra.
TEST_F(EngineTest, EmptySourceDeletesNothingByKey) {
  fill(10);
  spec_.repair.prune = true;
  start();
  EXPECT_TRUE(observe().result.ok());
  for (const auto& [key, value] : desired_.content()) desired_.erase(key);
  const CycleReply reply = observe({"k00"});
  EXPECT_TRUE(reply.sealed.planned);
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.content().size(), 10U);
}

// A key that nobody desired when it was planned is as absent in a side that was emptied since.
TEST_F(EngineTest, SourceEmptiedBeforeTheStepDeletesNothing) {
  fill(10);
  actual_.set("x", "nobody wants it");
  spec_.repair.prune = true;
  spec_.mode = Mode::kApprove;
  start();
  const CycleReply reply = observe();
  ASSERT_EQ(reply.sealed.repair.state, RepairState::kAwaitingApproval);
  const auto before = desired_.content();
  for (const auto& [key, value] : before) desired_.erase(key);
  const Uuid repair = reply.sealed.repair.id;
  ASSERT_TRUE(engine_->commands()
                  .approvals.approve(repair, person("kim"), reply.sealed.plan.hash, "")
                  .ok());
  EXPECT_EQ(resting(repair).refused, 1);
  EXPECT_EQ(actual_.content().size(), 11U);
}

TEST_F(EngineTest, SourceEmptiedDuringAScanDeletesNothing) {
  fill(10);
  spec_.repair.prune = true;
  start();
  actual_.set("k00", "drifted");
  desired_.on_read([this]() -> Result<void> {
    for (const auto& [key, value] : desired_.content()) desired_.erase(key);
    return {};
  });
  const CycleReply reply = observe();
  EXPECT_TRUE(reply.sealed.planned);
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.content().size(), 10U);
}

TEST_F(EngineTest, UnreachableSourceDeletesNothing) {
  fill(10);
  spec_.repair.prune = true;
  start();
  desired_.on_scan([]() -> Result<void> { return Error::unavailable("no route"); });
  EXPECT_FALSE(observe().result.ok());
  EXPECT_EQ(actual_.content().size(), 10U);
}

TEST_F(EngineTest, HalvedSourceIsSuspect) {
  fill(20);
  spec_.repair.prune = true;
  start();
  EXPECT_TRUE(observe().result.ok());
  for (int i = 0; i < 11; ++i)
    desired_.erase("k" + std::string(i < 10 ? "0" : "") + std::to_string(i));
  const CycleReply reply = observe();
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.content().size(), 20U);
  EXPECT_EQ(observe().sealed.decision.verdict, Verdict::kHold);  // still suspect the next time
  EXPECT_EQ(observe({"k00"}).sealed.decision.verdict, Verdict::kHold) << "by key too";
  EXPECT_EQ(actual_.content().size(), 20U);
}

TEST_F(EngineTest, OneExtraIsDeletedByKey) {
  fill(10);
  spec_.repair.prune = true;
  start();
  EXPECT_TRUE(observe().result.ok());
  desired_.erase("k00");
  const CycleReply reply = observe({"k00"});
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content().size(), 9U);
}

TEST_F(EngineTest, TwentySmallPlansTogetherStopAtTheCap) {
  fill(20);
  spec_.gates.max_changes = {5, 0, std::chrono::hours(1)};
  start();
  int converged = 0;
  for (int i = 0; i < 20; ++i) {
    actual_.set("k00", "again " + std::to_string(i));
    const CycleReply reply = observe();
    if (!reply.sealed.has_repair) continue;
    converged += resting(reply.sealed.repair.id).state == RepairState::kConverged ? 1 : 0;
  }
  EXPECT_EQ(converged, 5);
  EXPECT_EQ(actual_.writes(), 5);
}

TEST_F(EngineTest, CapSurvivesARestart) {
  fill(20);
  spec_.gates.max_changes = {1, 0, std::chrono::hours(1)};
  start();
  actual_.set("k00", "a");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  restart();
  actual_.set("k01", "b");
  EXPECT_EQ(observe().sealed.decision.verdict, Verdict::kHold);
}

TEST_F(EngineTest, FailedCanaryStopsAndIsUndone) {
  fill(20);
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  start();
  for (int i = 0; i < 8; ++i) actual_.set("k0" + std::to_string(i), "before");
  // What the tool wrote does not stay: something else rewrites the canary at once.
  int applies = 0;
  actual_.after_apply([&, this]() -> Result<void> {
    if (++applies == 1) actual_.set("k00", "rejected by the application");
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman) << repair.note;  // not ours to take back
  EXPECT_EQ(actual_.content().at("k00"), "rejected by the application");
  EXPECT_EQ(actual_.content().at("k01"), "before");
}

TEST_F(EngineTest, CanaryThatCannotBeReadIsTakenBack) {
  fill(20);
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  actual_.forget_to_judge();
  start();
  for (int i = 0; i < 8; ++i) actual_.set("k0" + std::to_string(i), "before");
  int reads = 0;
  actual_.on_read([&]() -> Result<void> {
    // Confirming, executing, then the canary's check.
    if (++reads == 3) return Error::unavailable("target overloaded");
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kCompensated) << repair.note;
  EXPECT_EQ(actual_.content().at("k00"), "before");
  EXPECT_EQ(actual_.content().at("k01"), "before");
}

TEST_F(EngineTest, LostAnswerIsResolvedByLooking) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  int calls = 0;
  actual_.after_apply([&]() -> Result<void> {
    if (++calls == 1) return Error::timeout("answer lost", Effect::kMaybe);
    return {};
  });
  const CycleReply reply = observe();
  const Repair repair = resting(reply.sealed.repair.id);
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(actual_.writes(), 1);
  EXPECT_EQ(repair.changed, 1);
}

TEST_F(EngineTest, PermissionErrorIsNeverRetried) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  int calls = 0;
  actual_.before_apply([&]() -> Result<void> {
    ++calls;
    return Error::permission("grant write on have");
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_EQ(repair.note, "grant write on have");
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(observe().sealed.planned);  // it rests
}

TEST_F(EngineTest, RepairThatDoesNotHoldEscalates) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  actual_.after_apply([this]() -> Result<void> {
    actual_.set("k00", "the other writer");
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_NE(repair.note.find("validation failed"), std::string::npos) << repair.note;
  EXPECT_FALSE(observe().sealed.planned);  // it rests
}

TEST_F(EngineTest, ManyKeysMoveWhileAPlanWaits) {
  for (int i = 0; i < 2000; ++i) {
    desired_.set("n" + std::to_string(10'000 + i), "new");
    actual_.set("n" + std::to_string(10'000 + i), "old");
  }
  spec_.mode = Mode::kApprove;
  start();
  const CycleReply reply = observe();
  for (int i = 0; i < 10; ++i) actual_.set("n" + std::to_string(10'000 + i * 100), "touched");
  ASSERT_TRUE(
      engine_->commands()
          .approvals.approve(reply.sealed.repair.id, person("kim"), reply.sealed.plan.hash, "")
          .ok());
  const Repair repair = resting(reply.sealed.repair.id);
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.changed, 1990);
  EXPECT_EQ(repair.refused, 10);
  EXPECT_EQ(actual_.content().at("n10100"), "touched");
}

}  // namespace
}  // namespace sideband
