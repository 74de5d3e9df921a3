// What people say of steps whose effect nobody knows.
#include "playbook_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<OperationReply> lose_answer(const OperationRequest& /*request*/) {
  return Error::timeout("no answer", Effect::kMaybe);
}

class SettleTest : public PlaybookTest {
 protected:
  // A run of a, b and c that ended because the answer of b was lost.
  Repair ended_unknown() {
    operations_.on_run("b", lose_answer);
    begin({run_step("a"), run_step("b", {"a"}), run_step("c", {"b"})});
    const Repair run = run_to_rest();
    EXPECT_EQ(run.state, RepairState::kNeedsHuman);
    return run;
  }
  // A run whose step b waits for its next look.
  Repair resting_unknown(OnFailure on_failure) {
    auto step = run_step("b", {"a"});
    step.look = {{"do", "look"}};
    step.retry.limit = 100;
    step.retry.initial = step.retry.max = std::chrono::hours(1);
    step.on_failure = on_failure;
    operations_.declare("b", {.looks = true});
    operations_.on_run("b", lose_answer);
    begin({run_step("a"), step, run_step("c", {"b"})});
    const Repair run = start_run();
    EXPECT_TRUE(until([&] { return state_of(run.id) == RepairState::kScheduled; }));
    return run;
  }
  Result<Repair> settle(const Uuid& run, const std::string& step, bool done,
                        const std::string& by = "mel", const std::string& reason = "I looked") {
    return engine_->commands().steps.settle({run, step, done, person(by), reason});
  }
  std::string refusal(const Uuid& run, const std::string& step, ErrorCode code) {
    const auto said = settle(run, step, true);
    EXPECT_FALSE(said.ok());
    EXPECT_EQ(said.error().code, code);
    return said.error().message;
  }
  std::vector<std::string> settled_records() {
    std::vector<std::string> out;
    const auto look = [&](StoreReader& store) -> Result<void> {
      SB_ASSIGN(const auto leaves, store.audit_leaves(0, 1000));
      for (const AuditLeaf& leaf : leaves) {
        if (leaf.record.find("\"kind\":\"settle\"") != std::string::npos)
          out.push_back(leaf.record);
      }
      return {};
    };
    EXPECT_TRUE(store_->read(look).ok());
    return out;
  }
};

TEST_F(SettleTest, K7_5_ARunThatEndedCanBeTakenBackByWhatIsKnownNow) {
  const Repair run = ended_unknown();
  EXPECT_THAT(engine_->playbooks().undo(run.id, person("mel")).error().message,
              HasSubstr("nobody knows"));
  const auto settled = settle(run.id, "b", true);
  ASSERT_TRUE(settled.ok()) << settled.error().message;
  EXPECT_EQ(settled->state, RepairState::kNeedsHuman);
  EXPECT_EQ(settled->changed, 2);
  EXPECT_EQ(settled->failed, 0) << "what was unknown is known now, and counted once";
  EXPECT_THAT(record(run), ElementsAre("a changed", "b changed"));
  const auto undo = engine_->playbooks().undo(run.id, person("mel"));
  ASSERT_TRUE(undo.ok()) << undo.error().message;
  EXPECT_EQ(resting(undo->id).state, RepairState::kConverged);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "undo b", "undo a"));
  ASSERT_EQ(settled_records().size(), 1U);
  EXPECT_THAT(settled_records()[0], HasSubstr("\"actor\":\"mel\""));
  EXPECT_THAT(settled_records()[0], HasSubstr("\"reason\":\"I looked\""));
  EXPECT_THAT(settled_records()[0], HasSubstr("\"done\":true"));
}

TEST_F(SettleTest, K7_5_WhatWasNotDoneIsNotTakenBack) {
  const Repair run = ended_unknown();
  const auto settled = settle(run.id, "1", false);
  ASSERT_TRUE(settled.ok()) << "by its number";
  EXPECT_EQ(settled->changed, 1);
  EXPECT_EQ(settled->failed, 1);
  restart();
  const auto undo = engine_->playbooks().undo(run.id, person("mel"));
  ASSERT_TRUE(undo.ok()) << undo.error().message;
  EXPECT_EQ(resting(undo->id).state, RepairState::kConverged);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "undo a"));
}

TEST_F(SettleTest, K7_5_ARunThatWaitsForALookGoesOn) {
  const Repair run = resting_unknown(OnFailure::kStop);
  const auto settled = settle(run.id, "b", true);
  ASSERT_TRUE(settled.ok()) << settled.error().message;
  EXPECT_EQ(resting(run.id).state, RepairState::kConverged);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "run c"));
  EXPECT_THAT(record(run), ElementsAre("a changed", "b changed", "c changed"));
}

TEST_F(SettleTest, K7_5_WhereItWasNotDoneItsOnFailureSaysWhatFollows) {
  const Repair run = resting_unknown(OnFailure::kCompensate);
  restart();
  ASSERT_TRUE(settle(run.id, "b", false).ok());
  const Repair ended = resting(run.id);
  EXPECT_EQ(ended.state, RepairState::kCompensated) << ended.note;
  EXPECT_THAT(ended.note, HasSubstr("settled by mel: I looked"));
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "undo a"));
}

TEST_F(SettleTest, K7_5_OnlyWhatIsUnknownAndOnlyByThoseWhoMay) {
  const Repair run = ended_unknown();
  EXPECT_EQ(settle(run.id, "b", true, "eve").error().code, ErrorCode::kPermission);
  EXPECT_EQ(settle(run.id, "b", true, "mel", "").error().code, ErrorCode::kInvalid);
  EXPECT_THAT(refusal(run.id, "a", ErrorCode::kConflict), HasSubstr("its outcome was seen"));
  EXPECT_THAT(refusal(run.id, "c", ErrorCode::kNotFound), HasSubstr("has not begun a step c"));
  EXPECT_THAT(refusal(run.id, "7", ErrorCode::kNotFound), HasSubstr("has not begun a step 7"));
  refusal(run.plan == run.id ? Uuid() : run.plan, "b", ErrorCode::kNotFound);
  EXPECT_TRUE(settled_records().empty()) << "a refusal leaves no trace";
  ASSERT_TRUE(settle(run.id, "b", true).ok());
  EXPECT_THAT(refusal(run.id, "b", ErrorCode::kConflict), HasSubstr("not unknown"));
}

TEST_F(SettleTest, K7_5_AManualStepIsConfirmedAndNotSettled) {
  auto hand = run_step("hand");
  hand.kind = StepKind::kManual;
  hand.manual.instruction = "look";
  begin({hand});
  const Repair run = run_to_rest();
  EXPECT_THAT(refusal(run.id, "hand", ErrorCode::kConflict), HasSubstr("not unknown"));
}

}  // namespace
}  // namespace sideband
