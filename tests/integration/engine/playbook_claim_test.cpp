// What has to be so before a run may begin, or go on.
#include <future>
#include <optional>

#include "engine/decide/gate_state.h"
#include "playbook_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PlaybookClaimTest : public PlaybookTest {
 protected:
  Repair row(const Uuid& id) {
    std::optional<Repair> found;
    const auto look = [&](StoreReader& store) -> Result<void> {
      SB_ASSIGN(found, store.repair(id));
      return {};
    };
    EXPECT_TRUE(store_->read(look).ok() && found);
    return found.value_or(Repair());
  }
  // As if a gate had sent it back: then it does not come by turns of the queue any more.
  void set_back(const Uuid& id) {
    const auto done = store_->run(Lane::kControl, [&](StoreTx& store) -> Result<void> {
      SB_ASSIGN(auto repair, store.repair(id));
      repair->state = RepairState::kScheduled;
      return store.update_repair(*repair);
    });
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  std::int64_t counted_of_site() {
    ChangeWindow window;
    const auto look = [&](StoreReader& store) -> Result<void> {
      SB_ASSIGN(window, load_window(store, WindowKind::kSite, ""));
      return {};
    };
    EXPECT_TRUE(store_->read(look).ok());
    return window.used(clock_.wall(), std::chrono::hours(1));
  }
};

TEST_F(PlaybookClaimTest, TheSitesModeHoldsForPlaybooksToo) {
  settings_.guardrails.emplace().max_mode = Mode::kApprove;
  begin({run_step("a")});
  const auto refused = engine_->playbooks().start({"book", {}, mel_});
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("want an approval"));
}

TEST_F(PlaybookClaimTest, StepsCountInTheSitesMaxChanges) {
  settings_.guardrails.emplace().max_changes = {3, 0, std::chrono::hours(1)};
  begin({run_step("a"), run_step("b", {"a"})});
  EXPECT_EQ(run_to_rest().state, RepairState::kConverged);
  const Repair second = start_run();  // two more would be four
  ASSERT_TRUE(until([&] { return state_of(second.id) == RepairState::kScheduled; }));
  EXPECT_THAT(operations_.calls(), ElementsAre("run a", "run b"));
}

// Whatever it waits for, it counts when it begins.
TEST_F(PlaybookClaimTest, ARunThatWaitsForAPlaceOfTheSiteCountsOnce) {
  settings_.guardrails.emplace().concurrency = 1;
  settings_.guardrails->max_changes = {100, 0, std::chrono::hours(1)};
  std::promise<void> go;
  const auto open = go.get_future().share();
  operations_.on_run("slow", [open](const auto&) -> Result<OperationReply> {
    open.wait();
    return replied(Outcome::kChanged);
  });
  auto slow = run_step("slow");
  slow.target = "want";
  PlaybookSettings other = book_;
  other.name = "other";
  other.steps = {slow};
  settings_.playbooks["other"] = std::make_shared<const PlaybookSettings>(other);
  begin({run_step("a"), run_step("b", {"a"})});
  const auto holder = engine_->playbooks().start({"other", {}, mel_});
  ASSERT_TRUE(holder.ok()) << holder.error().message;
  EXPECT_TRUE(until([&] { return state_of(holder->id) == RepairState::kRunning; }));
  const Repair run = start_run();
  set_back(run.id);
  EXPECT_TRUE(until([&] { return !row(run.id).note.empty(); }));
  EXPECT_THAT(row(run.id).note, HasSubstr("guardrails.concurrency"));
  EXPECT_EQ(counted_of_site(), 1) << "the one step that is at work";
  go.set_value();
  EXPECT_EQ(resting(holder->id).state, RepairState::kConverged);
  EXPECT_EQ(resting(run.id).state, RepairState::kConverged);
  EXPECT_EQ(counted_of_site(), 3);
}

TEST_F(PlaybookClaimTest, NoTwoRunsWorkOnOneTarget) {
  auto hand = run_step("hand", {"a"});
  hand.kind = StepKind::kManual;
  begin({run_step("a"), hand});
  const Repair first = run_to_rest();
  ASSERT_EQ(first.state, RepairState::kHalted);
  const Repair second = start_run();
  // A reconciler on the same target has to wait as well.
  fill(2);
  actual_.set("k00", "drifted");
  const CycleReply cycle = observe();
  ASSERT_TRUE(cycle.sealed.has_repair);
  ASSERT_TRUE(engine_->playbooks().confirm({first.id, "hand", mel_, "", false}).ok());
  EXPECT_EQ(resting(first.id).state, RepairState::kConverged);
  const Repair next = resting(second.id);
  ASSERT_EQ(next.state, RepairState::kHalted);
  EXPECT_GE(next.started_at, first.created_at);
  ASSERT_TRUE(engine_->playbooks().confirm({second.id, "hand", mel_, "", false}).ok());
  EXPECT_EQ(resting(cycle.sealed.repair.id).state, RepairState::kConverged);
}

}  // namespace
}  // namespace sideband
