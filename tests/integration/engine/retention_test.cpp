// Retention in the running engine: a busy store stays small, and what anybody needs stays whole.
#include <gmock/gmock.h>

#include "playbook_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::Contains;

constexpr Duration kOneDay = std::chrono::hours(24);

class RetentionTest : public PlaybookTest {
 protected:
  RetentionTest() {
    retention_ = {.first = std::chrono::milliseconds(1),
                  .every = std::chrono::milliseconds(20),
                  .pause = Duration(0),
                  .rows = 500};
  }

  RetentionSettings& limits() {
    if (!settings_.guardrails) settings_.guardrails.emplace();
    return settings_.guardrails->retention;
  }

  void must(const StoreFn& fn) {
    const auto done = store_->run(Lane::kControl, fn);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  // Starts before the store has old rows; nothing is pruned until they are there.
  void start_without_retention() {
    const RetentionPace pace = std::exchange(retention_, {});
    start();
    retention_ = pace;
  }

  // A whole repair that ended so long ago.
  Uuid ended(Duration age, std::size_t bytes = 100, RepairState state = RepairState::kConverged) {
    const WallTime at = clock_.wall() - age;
    Plan plan;
    plan.id = Uuid::make(at - std::chrono::seconds(1), random_);
    plan.reconciler = "fleet";
    plan.state = PlanState::kSealed;
    plan.chunks = 1;
    plan.created_at = at;
    Repair repair;
    repair.id = repair.plan = plan.id;
    repair.reconciler = plan.reconciler;
    repair.requester = "sideband";
    repair.state = state;
    repair.created_at = repair.ended_at = at;
    must([&](StoreTx& store) -> Result<void> {
      SB_TRY(store.insert_plan(plan));
      SB_TRY(store.insert_chunk(plan.id, 0, std::string(bytes, 'c')));
      SB_TRY(store.insert_repair(repair));
      return store.put_step(repair.id, Step());
    });
    return plan.id;
  }

  void set_mark(WallTime at) {
    must([&](StoreTx& store) { return store.put_retention_mark(at); });
  }

  template <class Value>
  Value ask(const std::function<Result<Value>(StoreReader&)>& question) {
    Value value{};
    const auto done = store_->read([&](StoreReader& store) -> Result<void> {
      SB_ASSIGN(value, question(store));
      return {};
    });
    EXPECT_TRUE(done.ok()) << done.error().message;
    return value;
  }

  StoreUse use(StoredClass which) {
    return ask<StoreUse>(
        [&](StoreReader& store) { return store.count_use(which, {}, {}, 1'000'000); });
  }

  bool is_there(const Uuid& id) {
    return ask<std::optional<Repair>>([&](StoreReader& store) { return store.repair(id); })
        .has_value();
  }

  // Everything that taking it back or showing it reads.
  bool is_whole(const Uuid& id) {
    return ask<bool>([&](StoreReader& store) -> Result<bool> {
      SB_ASSIGN(const auto repair, store.repair(id));
      SB_ASSIGN(const auto plan, store.plan(id));
      SB_ASSIGN(const auto steps, store.steps(id, 0, 10));
      return repair && plan && !steps.empty() && store.chunk(id, 0).ok();
    });
  }

  WallTime mark() {
    return ask<std::optional<WallTime>>([](StoreReader& store) { return store.retention_mark(); })
        .value_or(WallTime());
  }

  // Until whole passes were made from now on: each moves the clock when it begins.
  bool passes_go_by(int count = 3) {
    for (int i = 0; i < count; ++i) {
      const WallTime before = mark();
      if (!until([&] { return mark() != before; })) return false;
    }
    return true;
  }
};

TEST_F(RetentionTest, ABusyStoreStaysWithinItsBudget) {
  limits().budget = 1 << 20;
  fill(4);
  start_without_retention();
  std::vector<Uuid> ids;
  for (int days = 330; days > 30; --days) ids.push_back(ended(days * kOneDay, 10'000));
  const Uuid protected_one = ended(29 * kOneDay, 10'000);
  set_mark(clock_.wall());
  EXPECT_GT(use(StoredClass::kChunks).bytes, 3'000'000);
  restart();
  actual_.set("k00", "as it was");
  const Repair repair = observe_and_rest();
  ASSERT_EQ(repair.state, RepairState::kConverged);
  ASSERT_TRUE(until([&] { return use(StoredClass::kChunks).bytes <= 1 << 20; }));
  ASSERT_TRUE(passes_go_by());

  const StoreUse left = use(StoredClass::kRepairs);
  EXPECT_LT(left.rows, 110);
  EXPECT_GT(left.rows, 60) << "no more than the budget asks for";
  EXPECT_FALSE(is_there(ids.front()));
  EXPECT_TRUE(is_whole(ids.back()) && is_whole(protected_one) && is_whole(repair.id));
  EXPECT_EQ(use(StoredClass::kSteps).rows, left.rows);
  EXPECT_EQ(use(StoredClass::kPlans).rows, left.rows);
  EXPECT_THAT(audit_kinds(), Contains("prune"));

  std::promise<Result<SealReply>> promise;
  engine_->undo({repair.id, person("mel"), {}}, "fleet",
                [&](Result<SealReply> reply) { promise.set_value(std::move(reply)); });
  const Result<SealReply> undo = promise.get_future().get();
  ASSERT_TRUE(undo.ok()) << undo.error().message;
  EXPECT_EQ(resting(undo->repair.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content().at("k00"), "as it was");
}

TEST_F(RetentionTest, WhatIsGoneCannotBeTakenBack) {
  start_without_retention();
  const Uuid gone = ended(401 * kOneDay);
  set_mark(clock_.wall());
  restart();
  ASSERT_TRUE(until([&] { return !is_there(gone); }));
  std::promise<Result<SealReply>> promise;
  engine_->undo({gone, person("mel"), {}}, "fleet",
                [&](Result<SealReply> reply) { promise.set_value(std::move(reply)); });
  EXPECT_EQ(promise.get_future().get().error().code, ErrorCode::kNotFound);
}

TEST_F(RetentionTest, ByAgeAndNothingThatIsOpen) {
  start_without_retention();
  const Uuid old = ended(401 * kOneDay);
  const Uuid resting_one = ended(401 * kOneDay, 100, RepairState::kHalted);
  const Uuid late = ended(399 * kOneDay);
  const Uuid held = ended(401 * kOneDay, 100, RepairState::kCancelled);
  must([&](StoreTx& store) {
    ReconcilerHead head;
    head.plan = held;
    return store.put_head("fleet", head);
  });
  set_mark(clock_.wall());
  restart();
  ASSERT_TRUE(until([&] { return !is_there(old) && use(StoredClass::kChunks).rows == 3; }));
  ASSERT_TRUE(passes_go_by());
  EXPECT_TRUE(is_whole(resting_one) && is_whole(late) && is_whole(held));
}

TEST_F(RetentionTest, AStopInTheMidstLeavesNothingBehind) {
  retention_.rows = 10;  // one repair a transaction
  retention_.pause = std::chrono::milliseconds(1);
  start_without_retention();
  constexpr std::int64_t kOld = 60;
  for (std::int64_t i = 0; i < kOld; ++i) ended(500 * kOneDay - i * std::chrono::hours(1));
  const Uuid kept = ended(kOneDay);
  set_mark(clock_.wall());
  for (std::int64_t stop = kOld - 5; stop > 0; stop -= 20) {
    restart();
    ASSERT_TRUE(until([&] { return use(StoredClass::kRepairs).rows <= stop; }));
  }
  restart();
  ASSERT_TRUE(until([&] {
    return use(StoredClass::kRepairs).rows == 1 && use(StoredClass::kChunks).rows == 1 &&
           use(StoredClass::kSteps).rows == 1 && use(StoredClass::kPlans).rows == 1;
  }));
  EXPECT_TRUE(is_whole(kept));
}

// As if the clock had leapt by 500 days since retention last ran: what was a day old then seems to
// be of the year before last.
TEST_F(RetentionTest, AClockThatLeapsForwardPrunesNothingForNow) {
  start_without_retention();
  const Uuid recent = ended(501 * kOneDay);
  const WallTime before = clock_.wall() - 500 * kOneDay;
  set_mark(before);
  restart();
  ASSERT_TRUE(until([&] { return mark() > before; }));
  ASSERT_TRUE(passes_go_by());
  EXPECT_TRUE(is_whole(recent));
  EXPECT_LT(mark() - before, 100 * kOneDay);
}

TEST_F(RetentionTest, ARunStaysWhileItIsTakenBack) {
  std::promise<void> go_on;
  std::shared_future<void> may_go_on = go_on.get_future().share();
  operations_.on_undo("a", [&](const OperationRequest&) {
    may_go_on.wait();
    return replied(Outcome::kChanged);
  });
  begin({run_step("a")});
  const Repair run = run_to_rest();
  ASSERT_EQ(run.state, RepairState::kConverged) << run.note;
  const auto undo = engine_->playbooks().undo(run.id, person("mel"));
  ASSERT_TRUE(undo.ok()) << undo.error().message;
  limits().repairs = limits().undo = Duration(1);
  engine_->reload(std::make_shared<Settings>(settings_));
  ASSERT_TRUE(passes_go_by());
  EXPECT_TRUE(is_there(run.id));
  go_on.set_value();
  ASSERT_TRUE(until([&] { return !is_there(run.id) && !is_there(undo->id); }));
}

}  // namespace
}  // namespace sideband
