// Silences over both stores: what is silenced is found and shown, and the loop begins nothing of
// it.
#include <gmock/gmock.h>

#include "both_stores.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

using std::chrono::hours;
using ::testing::Contains;
using ::testing::HasSubstr;

class SilenceTest : public BothStoresTest {
 protected:
  SilenceTest() { fill(10); }
  Silence silence(const SilenceMatch& match, Duration length = hours(1)) {
    const auto made = engine_->commands().silences.add(match, length, person("ana"), "migration");
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? *made : Silence{};
  }
  // What the gate says of a look of the loop that did not act; nothing was written.
  std::string held(const CycleReply& reply) {
    EXPECT_TRUE(reply.result.ok()) << reply.result.error().message;
    EXPECT_FALSE(reply.sealed.has_repair);
    EXPECT_EQ(actual_.writes(), 0);
    for (const Reason& reason : reply.sealed.decision.reasons) {
      if (reason.gate == GateId::kSilence && !reason.passed()) return refusal_text(reason);
    }
    return "not silenced";
  }
  // As if so much time had passed since it was made.
  void pass(const Silence& silence, Duration time) {
    ASSERT_TRUE(store_
                    ->run(Lane::kControl,
                          [&](StoreTx& store) -> Result<void> {
                            Silence row = silence;
                            row.since -= time;
                            row.until -= time;
                            return store.put_silence(row.id, row);
                          })
                    .ok());
  }
};

TEST_P(SilenceTest, WhatIsSilencedIsFoundAndNotRepaired) {
  start();
  const Silence made = silence({.reconciler = "fl*"});
  actual_.set("k03", "drifted");
  const std::string said = held(observe());
  EXPECT_THAT(said, HasSubstr("silence: silenced until " + format_time(made.until) +
                              " by ana: migration; of reconciler fl*"));
  EXPECT_THAT(held(observe({"k03"})), HasSubstr("silenced until"));
  ASSERT_EQ(drifts().size(), 1U);
  EXPECT_EQ(drifts().front().key, "k03");
  EXPECT_THAT(audit_kinds(), Contains("silence"));
}

TEST_P(SilenceTest, WhatItDoesNotMatchIsRepaired) {
  start();
  silence({.reconciler = "price-*"});
  silence({.owner = "team-edge"});
  silence({.target = "elsewhere"});
  silence({.labels = {{"tier", "gold"}}});
  actual_.set("k03", "drifted");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_P(SilenceTest, APersonMayApplyIt) {
  start();
  silence({.target = "have"});
  actual_.set("k03", "drifted");
  const CycleReply reply = observe();
  EXPECT_THAT(held(reply), HasSubstr("target have"));
  const auto applied = engine_->commands().plans.apply(reply.sealed.plan.id, person("kim"), {});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(resting(applied->id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content(), desired_.content());
}

TEST_P(SilenceTest, AQueuedRepairOfTheLoopDoesNotBegin) {
  spec_.mode = Mode::kApprove;
  start();
  actual_.set("k03", "drifted");
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair);
  silence({});
  const Repair ended = approved(reply);
  EXPECT_EQ(ended.state, RepairState::kSuperseded);
  EXPECT_THAT(ended.note, HasSubstr("silence: silenced until"));
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_P(SilenceTest, ItEndsByItselfAndByAPerson) {
  start();
  const Silence first = silence({.reconciler = "fleet"});
  const Silence second = silence({.reconciler = "*eet"}, hours(2));
  actual_.set("k03", "drifted");
  EXPECT_THAT(held(observe()), HasSubstr(format_time(second.until))) << "the one that ends last";
  restart();
  EXPECT_THAT(held(observe()), HasSubstr(format_time(second.until)));
  auto& silences = engine_->commands().silences;
  ASSERT_TRUE(silences.expire(second.id, person("kim")).ok());
  EXPECT_EQ(silences.expire(second.id, person("kim")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(silences.expire(Uuid(), person("kim")).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(audit_kinds(), Contains("silence_expires"));
  EXPECT_THAT(held(observe()), HasSubstr(format_time(first.until)));
  pass(first, hours(1));
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_P(SilenceTest, NoneIsWithoutAReasonOrTooLong) {
  start();
  auto& silences = engine_->commands().silences;
  EXPECT_EQ(silences.add({}, hours(1), person("ana"), "").error().code, ErrorCode::kInvalid);
  for (const Duration length : {Duration(0), Duration(-1), kLongestSilence + Duration(1)}) {
    EXPECT_EQ(silences.add({}, length, person("ana"), "r").error().code, ErrorCode::kInvalid);
  }
  EXPECT_TRUE(silences.add({}, kLongestSilence, person("ana"), "r").ok());
}

TEST_P(SilenceTest, ThoseThatEndedLongAgoAreDropped) {
  start();
  const Silence old = silence({.reconciler = "a"});
  const Silence fresh = silence({.reconciler = "b"});
  pass(old, hours(26));
  pass(fresh, hours(24));
  const Silence last = silence({.reconciler = "c"});
  std::vector<Uuid> ids;
  ASSERT_TRUE(store_
                  ->read([&](StoreReader& reader) -> Result<void> {
                    SB_ASSIGN(const auto all, reader.silences());
                    for (const Silence& one : all) ids.push_back(one.id);
                    return {};
                  })
                  .ok());
  EXPECT_EQ(ids, (std::vector<Uuid>{fresh.id, last.id}));
}

SB_ON_BOTH_STORES(SilenceTest);

}  // namespace
}  // namespace sideband
