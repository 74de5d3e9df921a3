// The queue: an owner with ever so many repairs waiting does not keep the others waiting.
#include <gmock/gmock.h>

#include "engine_fixture.h"
#include "ports/plan_hash.h"
#include "support/until.h"

namespace sideband {
namespace {

// Given once, waited for by anybody.
class Flag {
 public:
  void give() {
    std::call_once(once_, [this] { promise_.set_value(); });
  }
  void wait() const { given_.wait(); }

 private:
  std::once_flag once_;
  std::promise<void> promise_;
  std::shared_future<void> given_ = promise_.get_future().share();
};

class QueueTest : public EngineTest {
 protected:
  // A second reconciler, of another owner than "fleet".
  QueueTest() {
    for (const char* name : {"bulk-want", "bulk-have"}) {
      settings_.targets[name].name = name;
      settings_.targets[name].driver = "memory";
    }
    ReconcilerSettings& bulk = settings_.reconcilers["bulk"];
    bulk = spec_;
    bulk.name = "bulk";
    bulk.labels.owner = "team-bulk";
    bulk.desired.target = "bulk-want";
    bulk.actual.target = "bulk-have";
    spec_.labels.owner = "team-fleet";
  }

  // Queued repairs of "bulk", each of one key, without waking anybody.
  void queue_bulk(int count) {
    const ReconcilerSettings& bulk = settings_.reconcilers["bulk"];
    const auto done = store_->run(Lane::kBulk, [&](StoreTx& store) -> Result<void> {
      for (int i = 0; i < count; ++i) {
        const std::string key = "b" + std::to_string(1'000'000 + i);
        driver_.target("bulk-want").set(key, "v");
        Plan plan;
        plan.id = Uuid::make(clock_.wall(), random_);
        plan.reconciler = "bulk";
        plan.reconciler_version = bulk.version;
        plan.guardrails_version = settings_.guardrails ? settings_.guardrails->version : "";
        plan.state = PlanState::kSealed;
        plan.counts.create = plan.chunks = 1;
        plan.low = plan.high = key;
        plan.observed_at = plan.created_at = clock_.wall();
        Repair repair;
        repair.id = repair.plan = plan.id;
        repair.reconciler = "bulk";
        repair.requester = "sideband";
        repair.first_seen = repair.created_at = clock_.wall();
        const Change change{key, ChangeOp::kCreate, State::absent(), State::of_bytes("v")};
        PlanHasher hasher;
        hasher.add(change);
        plan.hash = hasher.hex();
        SB_TRY(store.insert_plan(plan));
        SB_TRY(store.insert_chunk(plan.id, 0, encode_changes({change})));
        SB_TRY(store.insert_repair(repair));
      }
      return {};
    });
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  std::int64_t queued_of(const std::string& reconciler) {
    std::int64_t count = 0;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& store) -> Result<void> {
                      SB_ASSIGN(count, store.count_repairs(reconciler, RepairState::kQueued));
                      return {};
                    })
                    .ok());
    return count;
  }

  MemoryTarget& bulk_ = driver_.target("bulk-have");
};

TEST_F(QueueTest, ManyOfOneOwnerDoNotDelayAnother) {
  settings_.guardrails.emplace().concurrency = 1;
  fill(4);
  start();
  queue_bulk(5000);
  actual_.set("k00", "drifted");
  const std::int64_t before = queued_of("bulk");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  // One place for all: they alternate, so few of the 5000 were served meanwhile.
  EXPECT_GT(queued_of("bulk"), before - 50);
}

TEST_F(QueueTest, OneThatIsFullStaysQueuedAndIsServedWhenAPlaceIsFree) {
  Flag open;
  bulk_.before_apply([&]() -> Result<void> {
    open.wait();
    return {};
  });
  fill(4);
  start();
  queue_bulk(500);
  actual_.set("k00", "drifted");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  // Nothing went round: all but the one at work are where they were.
  EXPECT_GE(queued_of("bulk"), 499);
  bulk_.before_apply({});
  open.give();
  EXPECT_TRUE(until([&] { return queued_of("bulk") == 0; }));
}

TEST_F(QueueTest, TheSiteLimitHoldsForAllReconcilers) {
  settings_.guardrails.emplace().concurrency = 1;
  Flag begun, open;
  bulk_.before_apply([&]() -> Result<void> {
    begun.give();
    open.wait();
    return {};
  });
  fill(4);
  start();
  queue_bulk(1);
  begun.wait();
  actual_.set("k00", "drifted");
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair);
  EXPECT_EQ(reply.sealed.repair.state, RepairState::kQueued);
  EXPECT_EQ(actual_.writes(), 0);
  open.give();
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
}

// No owner's backlog shuts the others out.
TEST_F(QueueTest, WhereTooManyWaitOwnersWithFewAreLetIn) {
  max_waiting_ = 30;
  const auto open = std::make_shared<Flag>();  // also of calls that outlive this test
  bulk_.before_apply([open]() -> Result<void> {
    open->wait();
    return {};
  });
  fill(4);
  start();
  queue_bulk(35);
  actual_.set("k00", "drifted");
  const auto ask_bulk = [&] { return observe({"b1000000"}, person("kim"), "bulk").result; };
  EXPECT_TRUE(until([&] { return !ask_bulk().ok(); }));
  EXPECT_THAT(ask_bulk().error().message, testing::HasSubstr("of owner 'team-bulk'"));
  const CycleReply reply = observe({"k00"}, person("kim"));
  EXPECT_TRUE(reply.result.ok()) << reply.result.error().message;
  queue_bulk(30);
  EXPECT_TRUE(until([&] { return !observe({"k00"}, person("kim")).result.ok(); }))
      << "twice as many";
  open->give();
}

TEST_F(QueueTest, TheQueueOutlivesARestart) {
  Flag open;
  bulk_.before_apply([&]() -> Result<void> {
    open.wait();
    return Error::unavailable("going down");
  });
  start();
  queue_bulk(50);
  open.give();
  restart();
  bulk_.before_apply({});
  EXPECT_TRUE(until([&] { return bulk_.content().size() == 50U; }));
}

}  // namespace
}  // namespace sideband
