// Cancelling a repair one of whose steps has an intent and no outcome: nobody knows what became of
// it, so it is looked at, and nothing more is done.
#include <atomic>
#include <thread>

#include "engine/runtime/thread_runner.h"
#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

// Whoever wakes a worker comes back only after `then`.
class LateWaker final : public Runner {
 public:
  LateWaker(std::unique_ptr<Runner> threads, std::function<void()> then)
      : threads_(std::move(threads)), then_(std::move(then)) {}
  void add_pool(const std::string& name, std::int64_t threads) override {
    threads_->add_pool(name, threads);
  }
  WorkerId spawn(std::shared_ptr<Worker> worker) override {
    return threads_->spawn(std::move(worker));
  }
  void wake(WorkerId id) override {
    threads_->wake(id);
    then_();
  }
  bool call_apart(std::function<void()> call) override {
    return threads_->call_apart(std::move(call));
  }
  void stop() override { threads_->stop(); }

 private:
  const std::unique_ptr<Runner> threads_;
  const std::function<void()> then_;
};

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

// The notice of the row that the cancel wrote comes after that of the end.
TEST_F(CancelTest, AnEndThatOvertakesTheCancelIsStillTold) {
  Uuid id;
  std::atomic<bool> cancels = false;
  const auto wait_for_end = [&, test = std::this_thread::get_id()] {
    if (!cancels || std::this_thread::get_id() != test) return;
    EXPECT_TRUE(until([&] { return now(id).state == RepairState::kCancelled; }));
  };
  make_runner_ = [&](Store& store, const Clock& clock) {
    return std::make_unique<LateWaker>(std::make_unique<ThreadRunner>(store, clock), wait_for_end);
  };
  actual_.before_apply([]() -> Result<void> { return Error::unavailable("no route"); });
  id = waiting_for_a_retry();
  cancels = true;
  EXPECT_EQ(cancelled(id).state, RepairState::kCancelled);
  engine_.reset();  // its runner looks at what is local here
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
  ASSERT_TRUE(engine_->commands()
                  .switches.pause(PauseScope::of_key("fleet"), person("lee"), "change freeze")
                  .ok());
  EXPECT_EQ(cancelled(id).state, RepairState::kCancelled);
  EXPECT_EQ(actual_.writes(), 0);
}

}  // namespace
}  // namespace sideband
