// Cancelling a repair one of whose steps has an intent and no outcome: nobody knows what became of
// it, so it is looked at, and nothing more is done.
#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

class CancelTest : public EngineTest {
 protected:
  // One drifted key whose repair waits for its next attempt.
  Uuid waiting_for_a_retry() {
    fill(4);
    spec_.retry.initial = spec_.retry.max = std::chrono::hours(1);
    start();
    actual_.set("k00", "drifted");
    const Uuid id = observe().sealed.repair.id;
    EXPECT_TRUE(until([&] { return now(id).state == RepairState::kScheduled; }));
    actual_.before_apply({});
    actual_.after_apply({});
    return id;
  }

  Repair now(const Uuid& id) {
    Repair repair;
    const auto look = [&](StoreReader& store) -> Result<void> {
      SB_ASSIGN(const auto row, store.repair(id));
      repair = *row;
      return {};
    };
    EXPECT_TRUE(store_->read(look).ok());
    return repair;
  }

  Repair cancelled(const Uuid& id) {
    const auto said = engine_->commands().repairs.cancel(id, person("kim"), "not now");
    EXPECT_TRUE(said.ok()) << said.error().message;
    return resting(id);
  }
};

TEST_F(CancelTest, WhatWasNotDoneStaysUndone) {
  actual_.before_apply([]() -> Result<void> { return Error::unavailable("no route"); });
  const Repair repair = cancelled(waiting_for_a_retry());
  EXPECT_EQ(repair.state, RepairState::kCancelled);
  EXPECT_EQ(repair.note, "cancelled by kim: not now");
  EXPECT_EQ(repair.refused, 1);
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_EQ(actual_.content().at("k00"), "drifted");
}

TEST_F(CancelTest, WhatWasDoneIsSaid) {
  actual_.after_apply([]() -> Result<void> { return Error::timeout("lost", Effect::kMaybe); });
  const Repair repair = cancelled(waiting_for_a_retry());
  EXPECT_EQ(repair.state, RepairState::kCancelled);
  EXPECT_EQ(repair.changed, 1);
  EXPECT_EQ(actual_.writes(), 1);
}

// Its targets are not known any more, so nobody can look; its resources are let go.
TEST_F(CancelTest, K7_ARepairWhoseReconcilerIsGoneEnds) {
  actual_.after_apply([]() -> Result<void> { return Error::timeout("lost", Effect::kMaybe); });
  const Uuid id = waiting_for_a_retry();
  auto without = std::make_shared<Settings>(settings_);
  without->reconcilers.clear();
  engine_->reload(without);
  const Repair repair = cancelled(id);
  EXPECT_EQ(repair.state, RepairState::kNeedsHuman);
  EXPECT_NE(repair.note.find("cancelled by kim: not now; its reconciler is not configured"),
            std::string::npos)
      << repair.note;
  const auto look = [&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(const auto steps, store.steps(id, 0, 10));
    EXPECT_EQ(steps.back().state, StepState::kDone) << "each intent has its outcome";
    SB_ASSIGN(const auto locks, store.locks(id, 10));
    EXPECT_TRUE(locks.empty());
    return {};
  };
  EXPECT_TRUE(store_->read(look).ok());
}

TEST_F(CancelTest, APauseDoesNotKeepItWaiting) {
  actual_.before_apply([]() -> Result<void> { return Error::unavailable("no route"); });
  const Uuid id = waiting_for_a_retry();
  ASSERT_TRUE(engine_->commands().switches.pause("fleet", person("lee"), "change freeze").ok());
  EXPECT_EQ(cancelled(id).state, RepairState::kCancelled);
  EXPECT_EQ(actual_.writes(), 0);
}

}  // namespace
}  // namespace sideband
