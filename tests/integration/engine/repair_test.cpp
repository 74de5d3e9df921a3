// The main job, whole: observe, decide, execute, validate, converge.
#include <gmock/gmock.h>

#include <atomic>

#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;

TEST_F(EngineTest, RepairsDriftAndLeavesItsRecords) {
  fill(20);
  start();
  actual_.set("k03", "edited by hand");
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.changed, 1);
  EXPECT_EQ(actual_.content(), desired_.content());
  EXPECT_TRUE(drifts().empty());
  EXPECT_THAT(audit_kinds(), ElementsAre("decide", "intent", "outcome", "state"));
}

TEST_F(EngineTest, WithATimeToSettleTheOutcomeIsRecordedBeforeTheLook) {
  fill(20);
  spec_.validate.settle = std::chrono::milliseconds(5);
  start();
  actual_.set("k03", "edited by hand");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_THAT(audit_kinds(), ElementsAre("decide", "intent", "outcome", "state", "state"));
}

// A validation that outlives the lease is neither taken over nor begun anew for ever.
TEST_F(EngineTest, ValidationLongerThanTheLeaseComesToItsEnd) {
  fill(4);
  lease_ = std::chrono::milliseconds(500);
  spec_.validate.within = std::chrono::milliseconds(1500);
  start();
  actual_.set("k00", "drifted");
  actual_.after_apply([this]() -> Result<void> {
    actual_.set("k00", "broken again");
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(repair.note, ::testing::HasSubstr("validation failed"));
  EXPECT_THAT(audit_kinds(), ElementsAre("decide", "intent", "outcome", "state", "state"));
}

// What was read before the lease ran out is no ground to act on: others may have acted since.
TEST_F(EngineTest, AReadThatOutlivesTheLeaseIsFollowedByNoAct) {
  fill(4);
  lease_ = std::chrono::seconds(1);
  actual_.forget_to_judge();
  start();
  actual_.set("k00", "drifted");
  std::atomic<int> reads = 0;  // the first confirms the drift, the second judges it for the act
  std::atomic<std::int64_t> writes_then = -1;
  actual_.on_read([&]() -> Result<void> {
    if (++reads == 2) let_pass(std::chrono::milliseconds(700));
    if (reads == 3) writes_then = actual_.writes();
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.attempt, 1);
  EXPECT_EQ(writes_then, 0);
  EXPECT_EQ(actual_.writes(), 1);
  EXPECT_THAT(metrics_.text(), ::testing::ContainsRegex("sideband_leases_lapsed_total.* 1\n"));
  EXPECT_THAT(audit_kinds(),
              ElementsAre("decide", "intent", "state", "intent", "outcome", "state"));
}

// K7: a target that compares by itself is asked once, by the write.
TEST_F(EngineTest, WhatComparesByItselfIsNotReadBeforeTheWrite) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  std::atomic<int> reads = 0;  // to find, to confirm, to validate
  std::atomic<int> reads_then = -1;
  actual_.on_read([&]() -> Result<void> {
    ++reads;
    return {};
  });
  actual_.before_apply([&]() -> Result<void> {
    reads_then = reads.load();
    return {};
  });
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(reads_then, 1);
  EXPECT_EQ(reads, 2);
}

// What moves between the look at the desired side and the write is refused by the target itself.
TEST_F(EngineTest, WhatComparesByItselfRefusesWhatMovedSinceTheLook) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  actual_.before_apply([&]() -> Result<void> {
    actual_.before_apply({});
    actual_.set("k00", "by somebody else");
    return {};
  });
  const CycleReply reply = observe();
  const Repair repair = resting(reply.sealed.repair.id);
  EXPECT_EQ(repair.state, RepairState::kSuperseded) << repair.note;
  EXPECT_EQ(actual_.content().at("k00"), "by somebody else");
}

// The desired side came round to what is there: that is said of what was read, not of the plan.
TEST_F(EngineTest, WhatComparesByItselfIsReadWhereNothingIsToBeMade) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  int reads = 0;
  actual_.on_read([&]() -> Result<void> {
    if (++reads == 2) actual_.set("k00", "moved on");
    return {};
  });
  int looks = 0;
  desired_.on_read([&]() -> Result<void> {
    if (++looks == 2) desired_.set("k00", "drifted");
    return {};
  });
  const CycleReply reply = observe();
  const Repair repair = resting(reply.sealed.repair.id);
  EXPECT_EQ(repair.state, RepairState::kSuperseded) << repair.note;
  EXPECT_EQ(actual_.content().at("k00"), "moved on");
  EXPECT_EQ(repair.already_there, 0);
}

TEST_F(EngineTest, CreatesWhatIsMissingAndLeavesExtrasAlone) {
  fill(10);
  start();
  actual_.erase("k01");
  actual_.set("zz-extra", "mine");
  const CycleReply reply = observe();
  EXPECT_EQ(reply.extras, 1);
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content().count("zz-extra"), 1U);
  EXPECT_EQ(actual_.content().at("k01"), "vk01");
}

TEST_F(EngineTest, NothingDriftedMeansNoPlanNoRecordNoWrite) {
  fill(20);
  start();
  const CycleReply reply = observe();
  EXPECT_FALSE(reply.sealed.planned);
  EXPECT_TRUE(audit_kinds().empty());
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_F(EngineTest, ModeObserveHoldsAndSaysSo) {
  fill(4);
  spec_.mode = Mode::kObserve;
  start();
  actual_.set("k00", "x");
  const CycleReply reply = observe();
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_FALSE(reply.sealed.has_repair);
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_F(EngineTest, HeldPlanIsRecordedOnceHoweverOftenItIsSeen) {
  fill(4);
  spec_.mode = Mode::kObserve;
  start();
  actual_.set("k00", "x");
  EXPECT_FALSE(observe().sealed.repeated);
  EXPECT_TRUE(observe().sealed.repeated);
  EXPECT_THAT(audit_kinds(), ElementsAre("decide"));
}

TEST_F(EngineTest, HoldTimeKeepsADriftSuspectUntilItLasted) {
  fill(4);
  spec_.detect.hold = std::chrono::hours(1);
  start();
  actual_.set("k00", "x");
  EXPECT_FALSE(observe().sealed.planned);
  ASSERT_EQ(drifts().size(), 1U);
  EXPECT_EQ(drifts().front().state, DriftState::kSuspect);
  actual_.set("k00", "vk00");
  EXPECT_FALSE(observe().sealed.planned);
  EXPECT_TRUE(drifts().empty());
}

TEST_F(EngineTest, GateRefusesThenTwoPeopleReleaseIt) {
  fill(20);
  spec_.gates.max_changes = {0, 200'000, std::chrono::hours(1)};
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  start();
  for (const char* key : {"k01", "k05", "k08", "k13", "k19"}) actual_.set(key, "drifted");
  const CycleReply reply = observe();
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  const Uuid plan = reply.sealed.plan.id;

  EXPECT_FALSE(engine_->commands().plans.apply(plan, person("mel"), {}).ok());
  const auto asked = engine_->commands().plans.apply(plan, person("mel"), {GateId::kMaxChanges});
  ASSERT_TRUE(asked.ok()) << asked.error().message;
  EXPECT_EQ(asked->state, RepairState::kAwaitingApproval);

  const std::string hash = reply.sealed.plan.hash;
  EXPECT_EQ(engine_->commands().approvals.approve(asked->id, person("mel"), hash, "").error().code,
            ErrorCode::kPermission);
  EXPECT_EQ(
      engine_->commands().approvals.approve(asked->id, person("kim"), "0000", "").error().code,
      ErrorCode::kConflict);
  EXPECT_EQ(actual_.writes(), 0);
  ASSERT_TRUE(
      engine_->commands().approvals.approve(asked->id, person("kim"), hash, "looks right").ok());
  const Repair repair = resting(asked->id);
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.next_step, 2);  // a canary of one, then the rest
  EXPECT_EQ(actual_.content(), desired_.content());
}

TEST_F(EngineTest, RejectedPlanIsNotBroughtUpAgain) {
  fill(4);
  spec_.mode = Mode::kApprove;
  start();
  actual_.set("k00", "x");
  const Repair waiting = observe_and_rest();
  ASSERT_EQ(waiting.state, RepairState::kAwaitingApproval);
  ASSERT_TRUE(engine_->commands().approvals.reject(waiting.id, person("kim"), "no").ok());
  const CycleReply again = observe();
  EXPECT_EQ(again.sealed.decision.verdict, Verdict::kHold);
  EXPECT_FALSE(again.sealed.has_repair);
}

TEST_F(EngineTest, ManyChangesRunInChunksAndConverge) {
  for (int i = 0; i < 3500; ++i) {
    desired_.set("n" + std::to_string(10'000 + i), "new");
    actual_.set("n" + std::to_string(10'000 + i), "old");
  }
  start();
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.changed, 3500);
  EXPECT_EQ(actual_.content(), desired_.content());
  EXPECT_TRUE(drifts().empty());
}

TEST_F(EngineTest, RateLimitSpreadsTheSteps) {
  fill(10);
  spec_.gates.rate_limit = {20, 2};
  start();
  for (int i = 0; i < 10; ++i) actual_.set("k0" + std::to_string(i), "x");
  const Repair repair = observe_and_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_GE(repair.next_step, 5);
  EXPECT_GT(repair.gate_wait_us, 0);
}

TEST_F(EngineTest, UndoPutsThePreImagesBackAndPauses) {
  fill(4);
  start();
  actual_.set("k00", "as it was");
  const Repair repair = observe_and_rest();
  std::promise<Result<SealReply>> promise;
  engine_->undo({repair.id, person("mel"), {}}, "fleet",
                [&](Result<SealReply> reply) { promise.set_value(std::move(reply)); });
  const Result<SealReply> undo = promise.get_future().get();
  ASSERT_TRUE(undo.ok()) << undo.error().message;
  EXPECT_EQ(resting(undo->repair.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content().at("k00"), "as it was");
  EXPECT_EQ(observe().sealed.decision.verdict, Verdict::kHold);  // paused
}

// Also after a person resumed: what was put back on purpose is looked at first.
TEST_F(EngineTest, KeysOfAnUndoThatValidatesAreNotPlanned) {
  fill(4);
  start();
  actual_.set("k00", "as it was");
  const Repair repair = observe_and_rest();
  std::promise<void> looks, on;
  std::shared_future<void> may_go_on = on.get_future().share();
  std::atomic<bool> undoing = false, told = false;
  actual_.on_read([&]() -> Result<void> {
    if (undoing && actual_.content().at("k00") == "as it was" && !told.exchange(true)) {
      looks.set_value();
      may_go_on.wait();
    }
    return {};
  });
  undoing = true;
  std::promise<Result<SealReply>> promise;
  engine_->undo({repair.id, person("mel"), {}}, "fleet",
                [&](Result<SealReply> reply) { promise.set_value(std::move(reply)); });
  const Result<SealReply> undo = promise.get_future().get();
  ASSERT_TRUE(undo.ok()) << undo.error().message;
  looks.get_future().wait();
  ASSERT_TRUE(engine_->commands()
                  .switches.resume(PauseScope::of_key("fleet"), person("mel"), "go on")
                  .ok());
  const CycleReply reply = observe();
  EXPECT_EQ(reply.sealed.open, 1);
  EXPECT_FALSE(reply.sealed.has_repair);
  on.set_value();
  EXPECT_EQ(resting(undo->repair.id).state, RepairState::kConverged);
}

TEST_F(EngineTest, PauseStopsAndResumeGoesOn) {
  fill(4);
  start();
  ASSERT_TRUE(
      engine_->commands().switches.pause(PauseScope::of_key(""), person("mel"), "incident").ok());
  actual_.set("k00", "x");
  EXPECT_EQ(observe().sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.writes(), 0);
  ASSERT_TRUE(
      engine_->commands().switches.resume(PauseScope::of_key(""), person("mel"), "over").ok());
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

// Where a target keeps one token for many resources, two repairs of different ones meet there out
// of order. Nothing is refused by that.
TEST_F(EngineTest, K7_1b_ARepairThatWasOvertakenIsTriedWithAFreshToken) {
  fill(2);
  spec_.gates.concurrency = 2;
  start();
  actual_.set("k00", "drifted");
  actual_.set("k01", "drifted");
  std::promise<void> other_done;
  std::atomic<bool> first{true};
  actual_.before_apply([&]() -> Result<void> {
    if (first.exchange(false)) other_done.get_future().wait();
    return {};
  });
  const CycleReply slow = observe({"k00"});
  ASSERT_TRUE(slow.sealed.has_repair);
  ASSERT_TRUE(until([&] { return !first; }));
  const CycleReply quick = observe({"k01"});
  ASSERT_TRUE(quick.sealed.has_repair);
  EXPECT_EQ(resting(quick.sealed.repair.id).state, RepairState::kConverged);
  other_done.set_value();
  const Repair done = resting(slow.sealed.repair.id);
  EXPECT_EQ(done.state, RepairState::kConverged);
  EXPECT_EQ(done.refused, 0);
  EXPECT_GT(done.token, quick.sealed.repair.token);
  EXPECT_EQ(actual_.content().at("k00"), "vk00");
}

}  // namespace
}  // namespace sideband
