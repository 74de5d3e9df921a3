// Sweeps for extras of a side without order, through the whole engine.
#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

class SweepTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    actual_.forget_order();
    spec_.repair.prune = true;
  }
  CycleReply look(bool sweep) {
    std::promise<CycleReply> promise;
    CycleOptions options;
    options.sweep = sweep;
    engine_->observe("fleet", options, [&](const CycleReply& reply) { promise.set_value(reply); });
    return promise.get_future().get();
  }
  // What the metric of extras says; -1 when it says nothing.
  double extras() const {
    std::istringstream lines(metrics_.text());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("sideband_extras{")) return std::stod(line.substr(line.rfind(' ')));
    }
    return -1;
  }
};

TEST_F(SweepTest, AnExtraIsDeletedAfterASweepOnly) {
  fill(40);
  actual_.set("x", "nobody wants it");
  start();
  EXPECT_FALSE(look(false).sealed.has_repair);
  EXPECT_EQ(actual_.content().size(), 41U);
  const CycleReply swept = look(true);
  ASSERT_TRUE(swept.sealed.has_repair);
  EXPECT_EQ(resting(swept.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content(), desired_.content());
}

// Only sweeps see it, and it has to last: the scans between them must not forget it.
TEST_F(SweepTest, AnExtraThatHasToLastIsKeptByTheScansBetween) {
  fill(40);
  actual_.set("x", "nobody wants it");
  actual_.set("y", "nobody wants it");
  spec_.detect.hold = std::chrono::milliseconds(100);
  start();
  EXPECT_FALSE(look(true).sealed.has_repair);
  EXPECT_EQ(drifts().size(), 2U);
  actual_.erase("y");
  CycleReply reply;
  EXPECT_TRUE(until([&] {
    reply = look(false);
    return reply.sealed.has_repair;
  }));
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content(), desired_.content());
  EXPECT_TRUE(drifts().empty());
}

// A plan of extras that is held stays to be applied, whatever plain scans see.
TEST_F(SweepTest, K2_7_AHeldPlanOfExtrasIsKeptByTheScansBetween) {
  fill(40);
  actual_.set("x", "nobody wants it");
  actual_.set("y", "nobody wants it");
  spec_.gates.max_deletes = {1, 0, std::chrono::hours(1)};
  start();
  const CycleReply swept = look(true);
  ASSERT_EQ(swept.sealed.decision.verdict, Verdict::kHold);
  for (int i = 0; i < 2; ++i) {
    const CycleReply plain = look(false);
    EXPECT_TRUE(plain.sealed.repeated);
    EXPECT_EQ(plain.sealed.open, 2);
  }
  const auto repair =
      engine_->commands().plans.apply(swept.sealed.plan.id, person("kim"), {GateId::kMaxDeletes});
  ASSERT_TRUE(repair.ok()) << repair.error().message;
  ASSERT_TRUE(engine_->commands()
                  .approvals.approve(repair->id, person("lee"), swept.sealed.plan.hash, "")
                  .ok());
  EXPECT_EQ(resting(repair->id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content(), desired_.content());
}

TEST_F(SweepTest, EmptySourceDeletesNothing) {
  fill(10);
  start();
  for (const auto& [key, value] : desired_.content()) desired_.erase(key);
  EXPECT_EQ(look(true).sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.content().size(), 10U);
}

TEST_F(SweepTest, UnreachableSourceDeletesNothing) {
  fill(10);
  start();
  desired_.on_scan([]() -> Result<void> { return Error::unavailable("no route"); });
  EXPECT_FALSE(look(true).result.ok());
  EXPECT_EQ(actual_.content().size(), 10U);
}

// The keys are there, but who asks for one gets no answer.
TEST_F(SweepTest, SourceThatCannotConfirmDeletesNothing) {
  fill(10);
  actual_.set("x", "nobody wants it");
  start();
  desired_.on_read([]() -> Result<void> { return Error::unavailable("no route"); });
  EXPECT_FALSE(look(true).result.ok());
  EXPECT_EQ(actual_.content().size(), 11U);
}

TEST_F(SweepTest, AScanWithoutASweepSaysNothingOfExtras) {
  fill(10);
  spec_.repair.prune = false;
  actual_.set("x", "nobody wants it");
  start();
  EXPECT_TRUE(look(false).result.ok());
  EXPECT_LE(extras(), 0);
  EXPECT_TRUE(look(true).result.ok());
  EXPECT_EQ(extras(), 1);
  EXPECT_TRUE(look(false).result.ok());
  EXPECT_EQ(extras(), 1);
  EXPECT_EQ(actual_.content().size(), 11U);
}

}  // namespace
}  // namespace sideband
