// The circuit breaker of a reconciler over both stores: it opens by what the store counts, lets one
// probe through, and no kill, restart, rename or clock opens or closes it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>

#include "both_stores.h"
#include "policy/breaker.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

class BreakerTest : public BothStoresTest {
 protected:
  BreakerTest() {
    spec_.gates.breaker = {.failures = 2, .of = 3, .open = hours(1), .probe = 3};
    fill(40);
  }
  // Another resource each time: what failed rests.
  void drift() { actual_.set(fmt::format("k{:02}", next_++), "drifted"); }
  void refuse_writes() {
    actual_.before_apply([]() -> Result<void> { return Error::permission("no grant to write"); });
  }
  void take_writes() { actual_.before_apply({}); }
  Repair repair_one() {
    drift();
    return observe_and_rest();
  }
  void fail_one() {
    refuse_writes();
    EXPECT_EQ(repair_one().state, RepairState::kNeedsHuman);
    take_writes();
  }
  void open_it() {
    start();
    fail_one();
    fail_one();
  }
  Breaker kept() {
    Breaker out;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& reader) -> Result<void> {
                      SB_ASSIGN(const auto head, reader.head("fleet"));
                      SB_ASSIGN(const auto row, reader.breaker(head ? head->scope : ""));
                      out = row.value_or(Breaker{});
                      return {};
                    })
                    .ok());
    return out;
  }
  // As if so much time had passed since it opened.
  void pass(Duration time) {
    ASSERT_TRUE(store_
                    ->run(Lane::kControl,
                          [&](StoreTx& store) -> Result<void> {
                            SB_ASSIGN(const auto head, store.head("fleet"));
                            SB_ASSIGN(auto row, store.breaker(head->scope));
                            row->opened_at -= time;
                            return store.put_breaker(head->scope, *row);
                          })
                    .ok());
  }
  // What the gate said of this look, which did not act; nothing was written meanwhile.
  std::string held(std::vector<std::string> keys = {}, const Principal& by = Principal::loop(),
                   const std::string& name = "fleet") {
    const std::int64_t writes = actual_.writes();
    const CycleReply reply = observe(std::move(keys), by, name);
    EXPECT_TRUE(reply.result.ok()) << reply.result.error().message;
    EXPECT_FALSE(reply.sealed.has_repair);
    EXPECT_EQ(actual_.writes(), writes);
    for (const Reason& reason : reply.sealed.decision.reasons) {
      if (reason.gate == GateId::kCircuitBreaker && !reason.passed()) return saw_text(reason);
    }
    return "not held by its circuit breaker";
  }
  // A repair that stands in its write until the gate opens, where that then goes well or not.
  Uuid begin_slow(bool well = true) {
    gate_ = std::make_shared<std::promise<void>>();
    const std::shared_future<void> opened(gate_->get_future());
    actual_.before_apply([opened, well]() -> Result<void> {
      opened.wait();
      return well ? Result<void>() : Error::unavailable("no route");
    });
    drift();
    const CycleReply reply = observe();
    EXPECT_TRUE(reply.sealed.has_repair);
    return reply.sealed.repair.id;
  }
  void let_go() {
    take_writes();
    gate_->set_value();
  }
  // Cancelled in the midst of a write that does not go well.
  void cancel_one() {
    const Uuid repair = begin_slow(false);
    ASSERT_TRUE(
        engine_->commands()
            .repairs
            .cancel(repair, person("kim"), "not now", RepairCommands::Cancel::kBeforeNextStep)
            .ok());
    gate_->set_value();
    EXPECT_EQ(resting(repair).state, RepairState::kCancelled);
    take_writes();
  }
  std::int64_t count(const std::string& kind) {
    const auto kinds = audit_kinds();
    return std::count(kinds.begin(), kinds.end(), kind);
  }

  int next_ = 0;
  std::shared_ptr<std::promise<void>> gate_;
};

TEST_P(BreakerTest, OpensAfterSoManyFailedRepairsAndNothingBegins) {
  start();
  fail_one();
  EXPECT_EQ(repair_one().state, RepairState::kConverged);
  EXPECT_EQ(kept().ends, "-+");
  fail_one();
  EXPECT_EQ(count("breaker_opens"), 1);
  drift();
  EXPECT_THAT(held(), HasSubstr(": 2 of the last 3 repair(s) failed"));
  EXPECT_THAT(held({"k03"}), HasSubstr("open since "));
  EXPECT_THAT(held({"k03"}, person("kim")), HasSubstr("open since ")) << "nor what people ask for";
  std::string described;
  ASSERT_TRUE(store_
                  ->read([&](StoreReader& reader) -> Result<void> {
                    SB_ASSIGN(const auto head, reader.head("fleet"));
                    described = refusals_text(head->refusals);
                    const auto applied =
                        engine_->commands().plans.apply(head->plan, person("kim"), {});
                    EXPECT_FALSE(applied.ok());
                    EXPECT_THAT(applied.error().message, HasSubstr("circuitBreaker: open since"));
                    return {};
                  })
                  .ok());
  EXPECT_THAT(described, HasSubstr("sideband resume fleet --close-breaker --reason WHY"));
}

TEST_P(BreakerTest, WhatPeopleEndedCountsForNothing) {
  start();
  for (int i = 0; i < 4; ++i) cancel_one();
  EXPECT_EQ(kept(), Breaker{});
}

TEST_P(BreakerTest, ARestartAndARenameOpenAndCloseNothing) {
  open_it();
  const Breaker before = kept();
  EXPECT_NE(before.opened_at, WallTime());
  restart();
  drift();
  EXPECT_THAT(held(), HasSubstr("open since "));
  EXPECT_EQ(kept(), before);
  rename("ships");
  EXPECT_THAT(held({}, Principal::loop(), "ships"), HasSubstr("open since "));
}

TEST_P(BreakerTest, APlanThatWaitedForPeopleDoesNotBeginWhileItIsOpen) {
  start();
  drift();
  ReconcilerSettings asks = spec_;
  asks.mode = Mode::kApprove;
  asks.version = "v2";
  const ReconcilerSettings acts = spec_;
  settings_.reconcilers["fleet"] = asks;
  engine_->reload(std::make_shared<Settings>(settings_));
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair);
  ASSERT_TRUE(store_
                  ->run(Lane::kControl,
                        [&](StoreTx& store) -> Result<void> {
                          SB_ASSIGN(const auto head, store.head("fleet"));
                          return store.put_breaker(head->scope, Breaker{.ends = "--",
                                                                        .opened_at = clock_.wall(),
                                                                        .open_for = hours(1)});
                        })
                  .ok());
  const Repair ended = approved(reply);
  EXPECT_EQ(ended.state, RepairState::kSuperseded);
  EXPECT_THAT(ended.note, HasSubstr("circuitBreaker: open since "));
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_P(BreakerTest, HalfOpenLetsOneProbeThroughAndItsSuccessCloses) {
  spec_.gates.concurrency = 3;
  open_it();
  pass(hours(1));
  const Uuid probe = begin_slow();
  EXPECT_EQ(kept().probe, probe);
  drift();
  EXPECT_THAT(held(), HasSubstr("repair " + probe.text() + " is the probe"));
  EXPECT_THAT(held({fmt::format("k{:02}", next_ - 1)}, person("kim")), HasSubstr("is the probe"));
  let_go();
  EXPECT_EQ(resting(probe).state, RepairState::kConverged);
  EXPECT_EQ(kept(), Breaker{});
  EXPECT_EQ(count("breaker_closes"), 1);
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_P(BreakerTest, AProbeThatFailsOpensForTwiceAsLong) {
  open_it();
  for (const int times : {2, 4, 8, 16, 24, 24}) {
    pass(hours(24));
    fail_one();
    EXPECT_EQ(kept().open_for, hours(times));
    EXPECT_TRUE(kept().probe.empty());
    EXPECT_LE(kept().opened_at, clock_.wall());
  }
  EXPECT_EQ(kept().failed_probes, 6);
  drift();
  EXPECT_THAT(held(), HasSubstr("and 6 probe(s) since"));
}

TEST_P(BreakerTest, OfALargeProbeFewChangesAreMadeBeforeTheyAreValidated) {
  open_it();
  pass(hours(1));
  for (int i = 0; i < 20; ++i) drift();
  actual_.after_apply([this]() -> Result<void> {
    actual_.set(fmt::format("k{:02}", next_ - 20), "by somebody else");
    return {};
  });
  const std::int64_t before = actual_.writes();
  const Repair failed = observe_and_rest();
  EXPECT_NE(failed.state, RepairState::kConverged);
  EXPECT_EQ(failed.changed, 3) << failed.note;
  EXPECT_LE(actual_.writes(), before + 6) << "three, and what takes them back";
  EXPECT_EQ(kept().failed_probes, 1);

  actual_.after_apply({});
  pass(hours(24));
  const Uuid again = failed.id;
  ASSERT_TRUE(engine_->commands().repairs.retry(again, person("kim"), "mended").ok());
  const Repair whole = observe_and_rest();
  EXPECT_EQ(whole.state, RepairState::kConverged) << whole.note;
  EXPECT_GE(whole.changed, 19);
  EXPECT_EQ(kept(), Breaker{});
}

TEST_P(BreakerTest, AProbeThatIsCancelledLeavesItHalfOpen) {
  open_it();
  pass(hours(1));
  cancel_one();
  EXPECT_EQ(breaker_state(kept(), clock_.wall()), BreakerState::kHalfOpen);
  EXPECT_EQ(repair_one().state, RepairState::kConverged) << "another one is the probe";
  EXPECT_EQ(kept(), Breaker{});
}

TEST_P(BreakerTest, AnUndoPassesItAndCountsForNothing) {
  start();
  const Repair first = repair_one();
  fail_one();
  fail_one();
  const Breaker before = kept();
  drift();
  EXPECT_THAT(held(), HasSubstr("open since "));
  std::promise<Result<SealReply>> asked;
  engine_->undo({first.id, person("kim"), {}, {}}, "fleet",
                [&](Result<SealReply> reply) { asked.set_value(std::move(reply)); });
  const Result<SealReply> reply = asked.get_future().get();
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(resting(reply->repair.id).state, RepairState::kConverged);
  EXPECT_EQ(kept(), before);
}

TEST_P(BreakerTest, APersonClosesItWithAReasonAndARecord) {
  open_it();
  SwitchCommands& switches = engine_->commands().switches;
  EXPECT_EQ(switches.close_breaker("fleet", person("kim"), "").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(switches.close_breaker("flete", person("kim"), "mended").error().code,
            ErrorCode::kNotFound);
  ASSERT_TRUE(switches.close_breaker("fleet", person("kim"), "the grant is back").ok());
  EXPECT_EQ(kept(), Breaker{});
  EXPECT_EQ(switches.close_breaker("fleet", person("kim"), "again").error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(count("breaker_closes"), 1);
  EXPECT_EQ(repair_one().state, RepairState::kConverged);
  fail_one();
  EXPECT_EQ(kept().ends, "+-") << "it counts from nothing";
}

TEST_P(BreakerTest, AClockThatWasAheadKeepsItOpenForItsTimeAndNoLonger) {
  open_it();
  pass(-hours(24 * 900));
  drift();
  EXPECT_THAT(held(), HasSubstr("open since "));
  EXPECT_LE(kept().opened_at, clock_.wall());
  EXPECT_GT(half_opens_at(kept()), clock_.wall() + minutes(50));
}

// By what the store has, not by what a process remembers: a kill between any two transactions
// counts a failure once, and makes no second probe.
TEST_P(BreakerTest, AKillAnywhereCountsOnceAndKeepsTheProbe) {
  if (!postgres_.empty()) GTEST_SKIP() << "SKIPPED: the child needs a store of its own";
  for (const char* point : {"decided", "intent", "outcome", "validated"}) {
    SCOPED_TRACE(point);
    open_it();
    pass(hours(1));
    const Breaker open = kept();
    engine_.reset();
    store_.reset();
    drift();
    const auto work = [this] {
      const CycleReply reply = observe();
      if (reply.sealed.has_repair) resting(reply.sealed.repair.id);
    };
    ASSERT_TRUE(dies_at(point, 1, work));
    start();
    const auto left = left_behind();
    if (left && !is_terminal(left->state) && left->started_at != WallTime()) {
      EXPECT_EQ(kept().probe, left->id);
      resting(left->id);
    }
    if (kept() == open) observe_and_rest();
    EXPECT_EQ(kept().failed_probes + (kept() == Breaker{} ? 1 : 0), 1);
    ASSERT_TRUE(store_
                    ->run(Lane::kControl,
                          [&](StoreTx& store) -> Result<void> {
                            SB_ASSIGN(const auto head, store.head("fleet"));
                            return store.put_breaker(head->scope, {});
                          })
                    .ok());
    engine_.reset();
    store_.reset();
  }
}

SB_ON_BOTH_STORES(BreakerTest);

}  // namespace
}  // namespace sideband
