// Playbooks forward and back: order, outputs, failures of each kind, lost answers of each class.
#include "playbook_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<OperationReply> lost(const OperationRequest&) {
  return Error::timeout("no answer came", Effect::kMaybe);
}

// a; then b and c; then d; then e.
class Diamond : public PlaybookTest {
 protected:
  static std::vector<PlaybookStep> steps() {
    return {run_step("a"), run_step("b", {"a"}), run_step("c", {"a"}), run_step("d", {"b", "c"}),
            run_step("e", {"d"})};
  }
};

TEST_F(Diamond, StepsRunOneAfterAnotherAndLeaveTheirRecords) {
  begin(steps());
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(repair.reconciler, "playbook/book");
  EXPECT_EQ(repair.changed, 5);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "run c", "run d", "run e"));
  const auto kinds = audit_kinds();
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "intent"), 5);
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "outcome"), 5);
  EXPECT_EQ(kinds.front(), "decide");
  EXPECT_EQ(kinds.back(), "state");
}

TEST_F(Diamond, AFailureTakesBackWhatWasDoneTheNewestFirst) {
  auto book = steps();
  book[3].on_failure = OnFailure::kCompensate;
  operations_.on_run("d", [](const auto&) { return replied(Outcome::kFailed); });
  begin(book);
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kCompensated);
  EXPECT_THAT(repair.note, HasSubstr("step d failed: it said no"));
  EXPECT_THAT(operations_.calls(),
              ElementsAre("run a", "run b", "run c", "run d", "undo c", "undo b", "undo a"));
  EXPECT_EQ(operations_.request("undo b").undo.at("do"), "unb");
  EXPECT_EQ(operations_.request("undo b").key, repair.id.text() + ":b:undo");
}

TEST_F(Diamond, AnUndoThatFailsNeedsAPerson) {
  auto book = steps();
  book[3].on_failure = OnFailure::kCompensate;
  operations_.on_run("d", [](const auto&) { return replied(Outcome::kFailed); });
  operations_.on_undo("b", [](const auto&) { return replied(Outcome::kRefused); });
  begin(book);
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(repair.note, HasSubstr("step b could not be taken back"));
  EXPECT_THAT(operations_.calls(),
              ElementsAre("run a", "run b", "run c", "run d", "undo c", "undo b"));
}

TEST_F(Diamond, ALostUndoIsMadeAgainOnlyWhereItIsIdempotent) {
  auto book = steps();
  book[3].on_failure = OnFailure::kCompensate;
  operations_.declare("b", {.idempotent = true});
  operations_.on_run("d", [](const auto&) { return replied(Outcome::kFailed); });
  int undone = 0;
  operations_.on_undo("b", [&](const OperationRequest& request) {
    return ++undone == 1 ? lost(request) : replied(Outcome::kChanged);
  });
  operations_.on_undo("a", lost);
  begin(book);
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_EQ(undone, 2);
  const auto calls = operations_.calls();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "undo a"), 1);
}

TEST_F(Diamond, StopLeavesEverythingToAPerson) {
  operations_.on_run("b", [](const auto&) { return replied(Outcome::kFailed); });
  begin(steps());
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b"));
}

TEST_F(Diamond, ContinueGoesOnWithWhatDoesNotNeedIt) {
  auto book = steps();
  book[1].on_failure = OnFailure::kContinue;
  operations_.on_run("b", [](const auto&) { return replied(Outcome::kFailed); });
  begin(book);
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged);
  EXPECT_EQ(repair.note, "failed and passed over: b; not run: d, e");
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "run c"));
}

TEST_F(Diamond, EscalateIsADecisionOfItsOwn) {
  auto book = steps();
  book[1].on_failure = OnFailure::kEscalate;
  operations_.on_run("b", [](const auto&) { return replied(Outcome::kFailed); });
  begin(book);
  EXPECT_EQ(run_to_rest().state, RepairState::kNeedsHuman);
  const auto read = store_->read([](StoreReader& store) -> Result<void> {
    SB_ASSIGN(const auto decisions, store.decisions("playbook/book", 1));
    EXPECT_EQ(decisions.at(0).verdict, Verdict::kEscalate);
    return {};
  });
  EXPECT_TRUE(read.ok());
}

TEST_F(PlaybookTest, InputsAndOutputsReachLaterSteps) {
  auto count = run_step("count");
  count.run = {{"argv", "count\n{inputs.table}"}};
  auto use = run_step("use", {"count"});
  use.run = {{"argv", "use\n{steps.count.rows}"}};
  book_.inputs["table"].pattern = "^[a-z]+$";
  operations_.on_run("count",
                     [](const auto&) { return replied(Outcome::kChanged, R"({"rows": 7})"); });
  begin({count, use});
  EXPECT_EQ(run_to_rest({{"table", "jobs"}}).state, RepairState::kConverged);
  EXPECT_EQ(operations_.request("run count").options.at("argv"), "count\njobs");
  EXPECT_EQ(operations_.request("run use").options.at("argv"), "use\n7");
  EXPECT_EQ(engine_->playbooks().start({"book", {{"table", "A"}}, mel_}).error().code,
            ErrorCode::kInvalid);
}

TEST_F(PlaybookTest, AnOutputThatIsMissingFailsTheStepBeforeItActs) {
  auto use = run_step("use", {"count"});
  use.run = {{"argv", "use\n{steps.count.rows}"}};
  begin({run_step("count"), use});
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(repair.note, HasSubstr("no output \"rows\""));
  EXPECT_THAT(operations_.calls(), ElementsAre("run count"));
}

TEST_F(PlaybookTest, WhatIsUnavailableIsTriedAgainUpToTheLimit) {
  operations_.on_run(
      "a", [](const auto&) -> Result<OperationReply> { return Error::unavailable("it is down"); });
  begin({run_step("a")});
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(repair.note, HasSubstr("it is down"));
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run a"));
}

TEST_F(PlaybookTest, WhatTheTargetRefusedForGoodIsNotTriedAgain) {
  operations_.on_run("a", [](const auto&) { return replied(Outcome::kFailed); });
  begin({run_step("a")});
  EXPECT_EQ(run_to_rest().state, RepairState::kNeedsHuman);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a"));
}

TEST_F(PlaybookTest, ALostAnswerOfAnIdempotentStepIsRunAgainByTheSameKey) {
  operations_.declare("a", {.idempotent = true});
  std::vector<std::pair<std::string, std::uint64_t>> seen;
  operations_.on_run("a", [&](const OperationRequest& request) {
    seen.emplace_back(request.key, request.token);
    return seen.size() == 1 ? lost(request) : replied(Outcome::kAlreadyThere);
  });
  begin({run_step("a")});
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].first, seen[1].first);
  EXPECT_LT(seen[0].second, seen[1].second);
  EXPECT_THAT(record(repair), ElementsAre("a changed inferred"));
}

// A step that can be looked at, and what the look says.
struct LookCase {
  EffectStatus seen;
  RepairState state;
  std::vector<std::string> calls;
};

class Looking : public PlaybookTest, public testing::WithParamInterface<LookCase> {};

TEST_P(Looking, ResolvesALostAnswer) {
  auto step = run_step("a");
  step.look = {{"do", "look"}};
  operations_.declare("a", {.looks = true});
  int runs = 0;
  operations_.on_run("a", [&](const OperationRequest& request) {
    return ++runs == 1 ? lost(request) : replied(Outcome::kChanged);
  });
  operations_.on_look("a", [](const auto&) -> Result<EffectProbe> {
    return EffectProbe{GetParam().seen, "looked", R"({"n": 1})"};
  });
  begin({step});
  EXPECT_EQ(run_to_rest().state, GetParam().state);
  EXPECT_EQ(operations_.calls(), GetParam().calls);
}

INSTANTIATE_TEST_SUITE_P(
    Each, Looking,
    testing::Values(
        LookCase{EffectStatus::kThere, RepairState::kConverged, {"run a", "look a"}},
        LookCase{EffectStatus::kNotThere, RepairState::kConverged, {"run a", "look a", "run a"}},
        LookCase{EffectStatus::kUnknown, RepairState::kNeedsHuman, {"run a", "look a"}}));

TEST_F(PlaybookTest, ALostAnswerThatNothingCanResolveNeedsAPersonWhateverOnFailureSays) {
  auto step = run_step("b", {"a"});
  step.on_failure = OnFailure::kCompensate;
  operations_.on_run("b", lost);
  begin({run_step("a"), step});
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(repair.note, HasSubstr("nobody knows what step b did"));
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b"));
  EXPECT_THAT(record(repair), ElementsAre("a changed", "b unknown"));
}

TEST_F(PlaybookTest, ARunPinsThePlaybookThatItWasStartedWith) {
  auto wait = run_step("hand");
  wait.kind = StepKind::kManual;
  wait.manual.instruction = "look";
  begin({wait, run_step("old", {"hand"})});
  const Repair halted = run_to_rest();
  ASSERT_EQ(halted.state, RepairState::kHalted) << halted.note;
  book_.version = "b2";
  define({run_step("new")});
  engine_->reload(std::make_shared<Settings>(settings_));
  ASSERT_TRUE(engine_->playbooks().confirm({halted.id, "hand", mel_, "", false}).ok());
  EXPECT_EQ(resting(halted.id).state, RepairState::kConverged);
  EXPECT_THAT(operations_.calls(), ElementsAre("run old"));
}

TEST_F(PlaybookTest, WhatAPersonDoesIsConfirmedWithEvidenceByThoseWhoMay) {
  auto hand = run_step("hand");
  hand.kind = StepKind::kManual;
  hand.manual = {"turn the key", true, {"team"}};
  settings_.groups["team"] = {"team", {"kim"}};
  auto use = run_step("use", {"hand"});
  use.run = {{"who", "{steps.hand.by}"}};
  begin({hand, use});
  const Repair halted = run_to_rest();
  ASSERT_EQ(halted.state, RepairState::kHalted);
  EXPECT_EQ(halted.note, "hand: turn the key");
  auto& books = engine_->playbooks();
  EXPECT_EQ(books.confirm({halted.id, "hand", mel_, "x", false}).error().code,
            ErrorCode::kPermission);
  EXPECT_EQ(books.confirm({halted.id, "hand", kim_, "", false}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(books.confirm({halted.id, "use", kim_, "x", false}).error().code, ErrorCode::kConflict);
  restart();
  ASSERT_TRUE(engine_->playbooks().confirm({halted.id, "hand", kim_, "photo 7", false}).ok());
  EXPECT_EQ(resting(halted.id).state, RepairState::kConverged);
  EXPECT_EQ(operations_.request("run use").options.at("who"), "kim");
  EXPECT_EQ(engine_->playbooks().confirm({halted.id, "hand", kim_, "x", false}).error().code,
            ErrorCode::kConflict);
}

TEST_F(PlaybookTest, WhatAPersonCouldNotDoIsAFailure) {
  auto hand = run_step("hand", {"a"});
  hand.kind = StepKind::kManual;
  hand.on_failure = OnFailure::kCompensate;
  begin({run_step("a"), hand});
  const Repair halted = run_to_rest();
  ASSERT_TRUE(engine_->playbooks().confirm({halted.id, "hand", kim_, "no key", true}).ok());
  const Repair repair = resting(halted.id);
  EXPECT_EQ(repair.state, RepairState::kCompensated);
  EXPECT_THAT(repair.note, HasSubstr("kim could not: no key"));
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "undo a"));
}

TEST_F(PlaybookTest, TimePassesWithoutAWorker) {
  auto wait = run_step("wait");
  wait.kind = StepKind::kWait;
  wait.wait = std::chrono::milliseconds(20);
  begin({wait, run_step("a", {"wait"})});
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_GE(repair.ended_at - repair.started_at, wait.wait);
}

TEST_F(PlaybookTest, NoStepBeginsAfterTheTimeout) {
  auto wait = run_step("wait");
  wait.kind = StepKind::kWait;
  wait.wait = std::chrono::milliseconds(5);
  book_.timeout = std::chrono::milliseconds(1);
  begin({wait, run_step("a", {"wait"})});
  const Repair repair = run_to_rest();
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_THAT(repair.note, HasSubstr("the playbook's timeout passed"));
  EXPECT_TRUE(operations_.calls().empty());
}

TEST_F(PlaybookTest, OnlyThoseInStartableByMayStartIt) {
  begin({run_step("a")});
  EXPECT_EQ(engine_->playbooks().start({"book", {}, kim_}).error().code, ErrorCode::kPermission);
  EXPECT_EQ(engine_->playbooks().start({"other", {}, mel_}).error().code, ErrorCode::kNotFound);
}

TEST_F(PlaybookTest, AnApprovalComesFromSomebodyElseAndEndsTheWait) {
  book_.approval = ApprovalSettings{1, {}, std::chrono::minutes(5)};
  begin({run_step("a")});
  const Repair waiting = run_to_rest();
  ASSERT_EQ(waiting.state, RepairState::kAwaitingApproval);
  const auto preview = engine_->playbooks().preview({"book", {}, mel_});
  ASSERT_TRUE(preview.ok());
  const std::string hash = preview->plan_hash;
  EXPECT_EQ(engine_->commands().approvals.approve(waiting.id, mel_, hash, "").error().code,
            ErrorCode::kPermission);
  ASSERT_TRUE(engine_->commands().approvals.approve(waiting.id, kim_, hash, "").ok());
  EXPECT_EQ(resting(waiting.id).state, RepairState::kConverged);
}

TEST_F(PlaybookTest, APauseRefusesStartsAndACancelEndsARestingRun) {
  auto hand = run_step("hand");
  hand.kind = StepKind::kManual;
  begin({hand});
  const Repair halted = run_to_rest();
  ASSERT_EQ(halted.state, RepairState::kHalted);
  ASSERT_TRUE(engine_->commands().repairs.cancel(halted.id, mel_, "not today").ok());
  EXPECT_EQ(resting(halted.id).state, RepairState::kCancelled);
  EXPECT_THAT(record(halted), ElementsAre("hand failed"));
  ASSERT_TRUE(engine_->commands().switches.pause(PauseScope::of_key(""), mel_, "incident").ok());
  EXPECT_EQ(engine_->playbooks().start({"book", {}, mel_}).error().code, ErrorCode::kRefused);
}

TEST_F(PlaybookTest, APauseOfAnOwnerOrTargetStopsPlaybooksToo) {
  book_.labels.owner = "edge";
  auto hand = run_step("hand");
  hand.kind = StepKind::kManual;
  begin({run_step("a"), hand, run_step("b", {"hand"})});
  SwitchCommands& switches = engine_->commands().switches;
  const auto refused = [&] {
    const auto started = engine_->playbooks().start({"book", {}, mel_});
    return started.ok() ? "" : started.error().message;
  };
  const std::string target = "target/" + book_.steps.front().target;
  for (const std::string& key : {std::string("owner/edge"), target}) {
    const PauseScope scope = PauseScope::of_key(key);
    ASSERT_TRUE(switches.pause(scope, kim_, "handover").ok());
    EXPECT_THAT(refused(), testing::HasSubstr("sideband resume " + scope.words()));
    ASSERT_TRUE(switches.resume(scope, kim_, "").ok());
  }
  ASSERT_TRUE(switches.pause(PauseScope::of_key("owner/web"), kim_, "another one").ok());
  EXPECT_EQ(refused(), "");
}

// What was begun is resolved; it is not done again, however idempotent it is.
TEST_F(PlaybookTest, ACancelEndsTheCallThatIsUnderWay) {
  operations_.declare("a", {.idempotent = true, .looks = true, .stoppable = true});
  std::promise<void> begun, ended;
  operations_.on_run("a", [&](const OperationRequest& request) {
    begun.set_value();
    ended.get_future().wait();
    return lost(request);
  });
  operations_.on_stop([&](const std::string&) { ended.set_value(); });
  operations_.on_look("a", [](const auto&) -> Result<EffectProbe> {
    return EffectProbe{EffectStatus::kNotThere, "", "{}"};
  });
  begin({run_step("a"), run_step("b", {"a"})});
  const Repair run = start_run();
  begun.get_future().wait();
  ASSERT_TRUE(engine_->commands()
                  .repairs.cancel(run.id, mel_, "wrong table", RepairCommands::Cancel::kAtOnce)
                  .ok());
  const Repair repair = resting(run.id);
  EXPECT_EQ(repair.state, RepairState::kCancelled) << repair.note;
  EXPECT_EQ(repair.note, "cancelled at once by mel: wrong table");
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "look a"));
  EXPECT_THAT(audit_kinds(), Contains("cancel-now"));
}

TEST_F(PlaybookTest, APlainCancelLetsTheStepUnderWayEnd) {
  operations_.declare("a", {.stoppable = true});
  std::promise<void> begun, ended;
  std::atomic<bool> stopped = false;
  operations_.on_run("a", [&](const OperationRequest&) {
    begun.set_value();
    ended.get_future().wait();
    return replied(Outcome::kChanged);
  });
  operations_.on_stop([&](const std::string&) { stopped = true; });
  begin({run_step("a"), run_step("b", {"a"})});
  const Repair run = start_run();
  begun.get_future().wait();
  ASSERT_TRUE(engine_->commands().repairs.cancel(run.id, mel_, "wrong table").ok());
  EXPECT_FALSE(stopped);
  ended.set_value();
  const Repair repair = resting(run.id);
  EXPECT_EQ(repair.state, RepairState::kCancelled) << repair.note;
  EXPECT_THAT(record(repair), ElementsAre("a changed"));
  EXPECT_FALSE(stopped);
}

// Not even where the step fails and the playbook would take back what was done before.
TEST_F(PlaybookTest, ACancelledRunTakesNothingBack) {
  auto second = run_step("b", {"a"});
  second.on_failure = OnFailure::kCompensate;
  std::promise<void> begun, ended;
  operations_.on_run("b", [&](const OperationRequest&) {
    begun.set_value();
    ended.get_future().wait();
    return replied(Outcome::kFailed);
  });
  begin({run_step("a"), second});
  const Repair run = start_run();
  begun.get_future().wait();
  ASSERT_TRUE(engine_->commands().repairs.cancel(run.id, mel_, "enough").ok());
  ended.set_value();
  EXPECT_EQ(resting(run.id).state, RepairState::kCancelled);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b"));
}

// Waiting for its next attempt it is looked at before it ends: a cancel is no way past a lost
// answer.
TEST_F(PlaybookTest, ACancelOfALostStepLooksFirst) {
  auto step = run_step("a");
  step.retry.initial = step.retry.max = std::chrono::hours(1);
  operations_.declare("a", {.looks = true});
  operations_.on_run("a", lost);
  operations_.on_look("a", [](const auto&) -> Result<EffectProbe> {
    return EffectProbe{EffectStatus::kThere, "", "{}"};
  });
  begin({step, run_step("b", {"a"})});
  const Repair run = start_run();
  ASSERT_TRUE(until([&] { return state_of(run.id) == RepairState::kScheduled; }));
  ASSERT_TRUE(engine_->commands().repairs.cancel(run.id, mel_, "enough").ok());
  const Repair repair = resting(run.id);
  EXPECT_EQ(repair.state, RepairState::kCancelled) << repair.note;
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "look a"));
  EXPECT_THAT(record(repair), ElementsAre("a changed inferred"));
}

// No intent is left without an outcome, also where nothing was done and no attempt follows.
TEST_F(PlaybookTest, ACancelOfAStepThatWaitsForItsTimeGivesItAnEnd) {
  auto step = run_step("a");
  step.retry.initial = step.retry.max = std::chrono::hours(1);
  operations_.on_run("a", [](const auto&) -> Result<OperationReply> {
    return Error::unavailable("nobody is there");
  });
  begin({step});
  const Repair failed = start_run();
  ASSERT_TRUE(until([&] { return state_of(failed.id) == RepairState::kScheduled; }));
  ASSERT_TRUE(engine_->commands().repairs.cancel(failed.id, mel_, "enough").ok());
  EXPECT_EQ(resting(failed.id).state, RepairState::kCancelled);
  EXPECT_THAT(record(failed), ElementsAre("a failed"));
}

TEST_F(PlaybookTest, ACancelOfAWaitGivesItAnEnd) {
  auto pause = run_step("pause");
  pause.kind = StepKind::kWait;
  pause.wait = std::chrono::hours(1);
  begin({pause});
  const Repair waits = start_run();
  ASSERT_TRUE(until([&] { return state_of(waits.id) == RepairState::kScheduled; }));
  ASSERT_TRUE(engine_->commands().repairs.cancel(waits.id, mel_, "enough").ok());
  EXPECT_EQ(resting(waits.id).state, RepairState::kCancelled);
  EXPECT_THAT(record(waits), ElementsAre("pause failed"));
}

// Past the lease another node may have looked as well, and done it.
TEST_F(PlaybookTest, ALookThatOutlivesTheLeaseIsFollowedByNoAct) {
  lease_ = std::chrono::seconds(1);
  auto step = run_step("a");
  step.timeout = std::chrono::seconds(1);
  operations_.declare("a", {.looks = true});
  operations_.on_run("a", [](const OperationRequest& request) {
    static std::atomic<int> runs = 0;
    return ++runs == 1 ? lost(request) : replied(Outcome::kChanged);
  });
  operations_.on_look("a", [](const auto&) -> Result<EffectProbe> {
    static std::atomic<int> looks = 0;
    if (++looks == 1) let_pass(std::chrono::milliseconds(1200));
    return EffectProbe{EffectStatus::kNotThere, "", "{}"};
  });
  begin({step});
  EXPECT_EQ(run_to_rest().state, RepairState::kConverged);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "look a", "look a", "run a"));
}

}  // namespace
}  // namespace sideband
