// While the audit log is not signed for long, nothing is done; by itself it goes on afterwards.
#include <gmock/gmock.h>

#include <atomic>

#include "engine_fixture.h"
#include "policy/gates/gate.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class Unsigned : public EngineTest {
 protected:
  Unsigned() {
    unsigned_for_ = [this] { return Duration(age_us_.load()); };
  }
  void sign() { age_us_ = 0; }
  void sign_no_more() { age_us_ = (kMaxUnsigned + std::chrono::seconds(1)).count(); }

  std::atomic<std::int64_t> age_us_ = 0;
};

TEST_F(Unsigned, K8_2_NothingIsDoneWhileTheLogIsNotSigned) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  sign_no_more();
  const CycleReply held = observe();
  EXPECT_EQ(held.sealed.decision.verdict, Verdict::kHold);
  EXPECT_THAT(refusals_text(held.sealed.decision.reasons),
              HasSubstr("audit: records of the audit log have been without a signature for 1m1s"));
  EXPECT_FALSE(engine_->commands().plans.apply(held.sealed.plan.id, person("mel"), {}).ok());
  EXPECT_EQ(actual_.writes(), 0);
  sign();
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_F(Unsigned, K8_2_UpToAMinuteIsBorne) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  age_us_ = kMaxUnsigned.count();
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_F(Unsigned, K8_2_ARepairUnderWayStopsBeforeItsNextStep) {
  fill(9);
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  start();
  for (const char* key : {"k00", "k01", "k02"}) actual_.set(key, "drifted");
  actual_.after_apply([this]() -> Result<void> {
    sign_no_more();
    return {};
  });
  const Uuid id = observe().sealed.repair.id;
  ASSERT_TRUE(until([&] { return state_of(id) == RepairState::kQueued; }));
  EXPECT_EQ(actual_.writes(), 1);
  actual_.after_apply(nullptr);
  sign();
  EXPECT_EQ(resting(id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.writes(), 3);
}

TEST_F(Unsigned, K8_2_AnUndoWaitsToo) {
  fill(4);
  start();
  actual_.set("k00", "drifted");
  const Repair repair = observe_and_rest();
  sign_no_more();
  std::promise<Result<SealReply>> promise;
  engine_->undo({repair.id, person("mel"), {}}, "fleet",
                [&](Result<SealReply> reply) { promise.set_value(std::move(reply)); });
  const auto reply = promise.get_future().get();
  ASSERT_FALSE(reply.ok());
  EXPECT_THAT(reply.error().message, HasSubstr("audit: "));
  EXPECT_EQ(actual_.content().at("k00"), "vk00");
}

}  // namespace
}  // namespace sideband
