// Runs whose target as a whole refuses for a while: nothing was done, so nothing is lost by
// waiting.
#include <gmock/gmock.h>

#include "playbook_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Refuses the first `times` calls.
auto refusing(int times) {
  return [left = std::make_shared<std::atomic<int>>(times)](
             const OperationRequest&) -> Result<OperationReply> {
    if (left->fetch_sub(1) > 0) return Error::not_ready("it is starting");
    OperationReply reply;
    reply.outcome.outcome = Outcome::kChanged;
    return reply;
  };
}

class PlaybookRefusalTest : public PlaybookTest {
 protected:
  // A step that may not be tried again for any other reason.
  static PlaybookStep strict_step(const std::string& name, std::vector<std::string> needs = {}) {
    PlaybookStep step = run_step(name, std::move(needs));
    step.retry.limit = 0;
    step.retry.errors.clear();
    return step;
  }
  bool waits(const Uuid& run, RepairState in = RepairState::kScheduled) {
    return until([&] {
      const Repair repair = repair_of(run);
      return repair.state == in && repair.refused_since != WallTime();
    });
  }
  Repair repair_of(const Uuid& run) {
    Repair repair;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& store) -> Result<void> {
                      SB_ASSIGN(const auto found, store.repair(run));
                      if (found) repair = *found;
                      return {};
                    })
                    .ok());
    return repair;
  }
};

TEST_F(PlaybookRefusalTest, ATargetThatRefusesIsWaitedForWhateverTheStepSaysOfRetries) {
  operations_.on_run("a", refusing(2));
  begin({strict_step("a"), strict_step("b", {"a"})});
  const Repair run = start_run();
  ASSERT_TRUE(waits(run.id));
  EXPECT_THAT(repair_of(run.id).note, StartsWith("the target refuses since "));
  EXPECT_THAT(repair_of(run.id).note, HasSubstr("a: it is starting"));
  EXPECT_EQ(repair_of(run.id).attempt, 0) << "nothing is wrong with the run";
  const Repair ended = resting(run.id);
  EXPECT_EQ(ended.state, RepairState::kConverged) << ended.note;
  EXPECT_EQ(ended.refused_since, WallTime());
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run a", "run a", "run b"));
  EXPECT_THAT(record(ended), ElementsAre("a changed", "b changed"));
}

TEST_F(PlaybookRefusalTest, TheWayBackWaitsAsWell) {
  auto second = strict_step("b", {"a"});
  second.on_failure = OnFailure::kCompensate;
  operations_.on_run("b", [](const auto&) -> Result<OperationReply> {
    OperationReply reply;
    reply.outcome = {Outcome::kFailed, false, "no", Retry::kPerson};
    return reply;
  });
  operations_.on_undo("a", refusing(1));
  begin({strict_step("a"), second});
  const Repair run = start_run();
  ASSERT_TRUE(waits(run.id, RepairState::kCompensating));
  const Repair ended = resting(run.id);
  EXPECT_EQ(ended.state, RepairState::kCompensated) << ended.note;
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b", "undo a", "undo a"));
}

TEST_F(PlaybookRefusalTest, ACancelEndsTheWait) {
  operations_.on_run("a", refusing(1'000'000));
  begin({strict_step("a")});
  const Repair run = start_run();
  ASSERT_TRUE(waits(run.id));
  ASSERT_TRUE(engine_->commands().repairs.cancel(run.id, mel_, "enough").ok());
  EXPECT_EQ(resting(run.id).state, RepairState::kCancelled);
}

TEST_F(PlaybookRefusalTest, TheTimeoutOfThePlaybookEndsItAndSaysForWhatItWaited) {
  book_.timeout = std::chrono::milliseconds(1500);
  operations_.on_run("a", refusing(1'000'000));
  begin({strict_step("a")});
  const Repair ended = resting(start_run().id);
  EXPECT_EQ(ended.state, RepairState::kNeedsHuman);
  EXPECT_THAT(ended.note, HasSubstr("the playbook's timeout passed; the target refuses since "));
  EXPECT_THAT(ended.note, HasSubstr("it is starting"));
}

// One that could not even be read was not begun.
TEST_F(PlaybookRefusalTest, AnItemThatCannotBeReadYetIsWaitedFor) {
  fill(1);
  actual_.set("k00", "old");
  PlaybookStep change = strict_step("set");
  change.kind = StepKind::kChange;
  change.target = change.item.collection.target = "have";
  change.item.item = "k00";
  change.item.value = "new";
  std::atomic<int> left = 2;
  actual_.on_read([&left]() -> Result<void> {
    if (left-- > 0) return Error::not_ready("a journal has to be rolled back");
    return {};
  });
  begin({change});
  const Repair run = start_run();
  const Repair ended = resting(run.id);
  EXPECT_EQ(ended.state, RepairState::kConverged) << ended.note;
  EXPECT_EQ(actual_.content().at("k00"), "new");
  engine_.reset();
}

}  // namespace
}  // namespace sideband
