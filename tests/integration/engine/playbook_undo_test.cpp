// Taking back a whole run of a playbook that has ended.
#include "playbook_fixture.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PlaybookUndoTest : public PlaybookTest {
 protected:
  // Two steps, both done.
  Repair done_run() {
    begin({run_step("a"), run_step("b", {"a"})});
    const Repair run = run_to_rest();
    EXPECT_EQ(run.state, RepairState::kConverged) << run.note;
    return run;
  }
  Repair undone(const Uuid& run) {
    const auto undo = engine_->playbooks().undo(run, person("mel"));
    EXPECT_TRUE(undo.ok()) << undo.error().message;
    return undo.ok() ? resting(undo->id) : Repair();
  }
  std::string refusal(const Uuid& run, const std::string& by = "mel") {
    const auto undo = engine_->playbooks().undo(run, person(by));
    return undo.ok() ? "" : undo.error().message;
  }
};

TEST_F(PlaybookUndoTest, StepsAreTakenBackTheNewestFirstAsANewRepair) {
  const Repair run = done_run();
  const auto preview = engine_->playbooks().preview_undo(run.id, person("mel"));
  ASSERT_TRUE(preview.ok());
  EXPECT_THAT(preview->steps, ElementsAre(1U, 0U));
  const Repair undo = undone(run.id);
  EXPECT_EQ(undo.state, RepairState::kConverged) << undo.note;
  EXPECT_TRUE(undo.undo);
  EXPECT_NE(undo.id, run.id);
  EXPECT_EQ(undo.changed, 2);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "undo b", "undo a"));
  EXPECT_THAT(record(undo), ElementsAre("b back changed", "a back changed"));
  EXPECT_EQ(operations_.request("undo a").key, undo.id.text() + ":a:undo");
  EXPECT_THAT(refusal(run.id), HasSubstr("nothing to take back"));
  EXPECT_THAT(refusal(undo.id), HasSubstr("took another run back"));
}

TEST_F(PlaybookUndoTest, AStepWithoutAnUndoRefusesItAndNothingIsDone) {
  auto second = run_step("b", {"a"});
  second.undo_kind = UndoKind::kMissing;
  begin({run_step("a"), second});
  const Repair run = run_to_rest();
  EXPECT_THAT(refusal(run.id), HasSubstr("step b says nothing of how it is taken back"));
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b"));
}

TEST_F(PlaybookUndoTest, OneThatFailsNeedsAPersonAndTheNextUndoGoesOnThere) {
  const Repair run = done_run();
  operations_.on_undo("a", [](const auto&) { return replied(Outcome::kFailed); });
  const Repair first = undone(run.id);
  EXPECT_EQ(first.state, RepairState::kNeedsHuman);
  EXPECT_THAT(first.note, HasSubstr("step a could not be taken back"));
  operations_.on_undo("a", {});
  EXPECT_EQ(undone(run.id).state, RepairState::kConverged);
  // Twice by the first undo: it tried again.
  EXPECT_THAT(operations_.calls(),
              ElementsAre("run a", "run b", "undo b", "undo a", "undo a", "undo a"));
}

TEST_F(PlaybookUndoTest, WhatIsNotThereAnyMoreIsNotTakenBack) {
  operations_.declare("b", {.looks = true});
  const Repair run = done_run();
  operations_.on_look("b", [](const auto&) -> Result<EffectProbe> {
    return EffectProbe{EffectStatus::kNotThere, "", "{}"};
  });
  const Repair undo = undone(run.id);
  EXPECT_EQ(undo.state, RepairState::kConverged) << undo.note;
  EXPECT_THAT(record(undo), ElementsAre("b back already_there inferred", "a back changed"));
  EXPECT_EQ(operations_.request("look b").key, run.id.text() + ":b");
}

TEST_F(PlaybookUndoTest, APauseDoesNotHoldItAndACancelDoes) {
  const Repair run = done_run();
  ASSERT_TRUE(
      engine_->commands().switches.pause(PauseScope::of_key(""), person("mel"), "incident").ok());
  std::promise<void> begun, ended;
  operations_.on_undo("b", [&](const OperationRequest&) {
    begun.set_value();
    ended.get_future().wait();
    return replied(Outcome::kChanged);
  });
  const auto undo = engine_->playbooks().undo(run.id, person("mel"));
  ASSERT_TRUE(undo.ok()) << undo.error().message;
  begun.get_future().wait();
  EXPECT_THAT(refusal(run.id), HasSubstr("takes this run back already"));
  ASSERT_TRUE(engine_->commands().repairs.cancel(undo->id, person("mel"), "wait").ok());
  ended.set_value();
  EXPECT_EQ(resting(undo->id).state, RepairState::kCancelled);
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "undo b"));
}

TEST_F(PlaybookUndoTest, OnlyThoseWhoMayStartItMayTakeItBack) {
  const Repair run = done_run();
  EXPECT_THAT(refusal(run.id, "eve"), HasSubstr("startableBy"));
}

TEST_F(PlaybookUndoTest, AnItemThatSomebodyChangedSinceIsLeftAlone) {
  PlaybookStep set;
  set.name = "set";
  set.kind = StepKind::kChange;
  set.target = set.item.collection.target = "have";
  set.item.item = "k00";
  set.item.value = "ours";
  actual_.set("k00", "before");
  begin({set});
  const Repair run = run_to_rest();
  ASSERT_EQ(run.state, RepairState::kConverged) << run.note;
  actual_.set("k00", "theirs");
  EXPECT_EQ(undone(run.id).state, RepairState::kNeedsHuman);
  EXPECT_EQ(actual_.content().at("k00"), "theirs");
  actual_.set("k00", "ours");
  EXPECT_EQ(undone(run.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content().at("k00"), "before");
}

}  // namespace
}  // namespace sideband
