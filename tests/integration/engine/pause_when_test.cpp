// gates.pauseWhen in the engine: what a signal holds back, on each phase, and what a kill leaves.
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>

#include "engine/signals/signal_status.h"
#include "engine_fixture.h"
#include "level_signal.h"
#include "policy/gates/gate.h"
#include "policy/pause_rule.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Duration kEvery = std::chrono::milliseconds(10);

TargetIdentity server(const std::string& data, const std::string& run, const std::string& role) {
  TargetIdentity identity;
  identity.data = data;
  identity.history = "1";
  identity.run = run;
  identity.role = role;
  return identity;
}

class PauseWhenTest : public EngineTest {
 protected:
  PauseWhenTest() {
    SignalSettings& signal = settings_.signals["latency"];
    signal.name = "latency";
    signal.version = "l1";
    signal.target = "have";
    signal.kind = "memory";
    signal.interval = kEvery;
    signal.max_age = std::chrono::seconds(30);
    open_signal_ = [this](const TargetSettings&,
                          const SignalSettings&) -> Result<std::unique_ptr<Signal>> {
      return std::unique_ptr<Signal>(std::make_unique<LevelSignal>(level_, clock_));
    };
    rule_.signal = "latency";
    rule_.above = Quantity{20};
    rule_.clear = Quantity{10};
    fill(6);
  }

  // Its workers read the levels, which go first.
  ~PauseWhenTest() override { engine_.reset(); }

  void begin() {
    spec_.gates.pause_when = {rule_};
    start();
  }
  // What the rule came to, as it is kept.
  std::optional<SignalHold> kept() {
    std::optional<SignalHold> hold;
    const auto runtime = engine_->runtime("fleet");
    if (!runtime) return hold;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& store) -> Result<void> {
                      SB_ASSIGN(hold, store.signal_hold(hold_key(runtime->source_scope, rule_)));
                      return {};
                    })
                    .ok());
    return hold;
  }
  // Waits until the rule was judged by a reading that began after now.
  bool judged() {
    const int before = level_.reads();
    return until([&] { return level_.reads() >= before + 2 && kept().has_value(); });
  }
  bool holds() {
    return until([&] {
      const auto hold = kept();
      return hold && hold->holding && hold->unknown.empty();
    });
  }
  bool opens() {
    return until([&] {
      const auto hold = kept();
      return hold && !hold->holds_back() &&
             engine_->signals().value("latency", clock_.wall()).known();
    });
  }
  bool is_unknown() {
    return until([&] {
      const auto hold = kept();
      return hold && !hold->unknown.empty();
    });
  }
  Reason decided() { return gate_now(GateId::kPauseWhen); }
  void drift_all() {
    for (const auto& [key, value] : desired_.content()) actual_.set(key, "drifted");
  }
  // Raises the level behind the first change of a repair of two cohorts, and waits until that
  // holds.
  void raise_behind_the_canary() {
    spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
    actual_.after_apply([this]() -> Result<void> {
      if (raised_.exchange(true)) return {};
      level_.set(150);
      EXPECT_TRUE(holds());
      return {};
    });
  }

  Level level_;
  Level nameless_;
  PauseRule rule_;
  std::atomic<bool> raised_{false};
};

TEST_F(PauseWhenTest, NothingIsHeldWhileTheSignalIsGood) {
  level_.set(5);
  begin();
  ASSERT_TRUE(opens());
  actual_.set("k01", "drifted");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_THAT(audit_kinds(), Not(Contains("signal_opens"))) << "nothing ever held";
}

TEST_F(PauseWhenTest, APlanIsHeldAndMadeByItselfOnceTheSignalClears) {
  observes_ = true;
  level_.set(35);
  begin();
  ASSERT_TRUE(holds());
  actual_.set("k01", "drifted");
  const Reason reason = decided();
  EXPECT_EQ(reason.passes, Truth::kFalse);
  EXPECT_THAT(refusal_text(reason), HasSubstr("signal latency is 35, held back by above 20"));
  EXPECT_EQ(opens_text(reason), "signal latency is at most 10");
  EXPECT_EQ(status().kind, StatusKind::kHeld);
  EXPECT_THAT(status().why, HasSubstr("signal latency"));
  level_.set(15);
  ASSERT_TRUE(judged());
  EXPECT_EQ(decided().passes, Truth::kFalse) << "between clear and threshold it stays";
  EXPECT_EQ(actual_.writes(), 0);
  level_.set(10);
  EXPECT_TRUE(until([&] { return actual_.content() == desired_.content(); }))
      << "nobody looked again";
  EXPECT_THAT(audit_kinds(), Contains("signal_holds"));
  EXPECT_THAT(audit_kinds(), Contains("signal_opens"));
}

TEST_F(PauseWhenTest, ARunningRepairWaitsBeforeItsNextStepAndGoesOn) {
  level_.set(5);
  raise_behind_the_canary();
  begin();
  ASSERT_TRUE(opens());
  drift_all();
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair) << refusals_text(reply.sealed.decision.reasons);
  const Uuid id = reply.sealed.repair.id;
  ASSERT_TRUE(until([&] {
    const RepairState state = state_of(id);
    return state == RepairState::kScheduled || state == RepairState::kQueued;
  }));
  EXPECT_EQ(actual_.writes(), 1);
  EXPECT_EQ(status().kind, StatusKind::kHeld);
  EXPECT_THAT(status().why, HasSubstr("pauseWhen: signal latency is 150"));
  level_.set(3);
  const Repair repair = resting(id);
  EXPECT_EQ(repair.state, RepairState::kConverged) << repair.note;
  EXPECT_EQ(actual_.writes(), 6);
  EXPECT_EQ(actual_.content(), desired_.content());
}

TEST_F(PauseWhenTest, AnAbortTakesBackWhatWasDone) {
  level_.set(5);
  rule_.action = PauseAction::kAbort;
  raise_behind_the_canary();
  begin();
  ASSERT_TRUE(opens());
  drift_all();
  const auto before = actual_.content();
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair);
  const Repair repair = resting(reply.sealed.repair.id);
  EXPECT_EQ(repair.state, RepairState::kCompensated) << repair.note;
  EXPECT_THAT(repair.note, HasSubstr("pauseWhen"));
  EXPECT_EQ(actual_.content(), before);
  EXPECT_EQ(decided().text("then"), "abort") << "and nothing begins";
}

// The way back is slower than the way there was: what a rate cuts off is left to further steps.
TEST_F(PauseWhenTest, AnAbortUnderARateTakesEverythingBack) {
  level_.set(5);
  rule_.action = PauseAction::kAbort;
  raise_behind_the_canary();
  spec_.gates.canary = {};
  spec_.gates.rate_limit = {20, 4};
  begin();
  ASSERT_TRUE(opens());
  drift_all();
  const auto before = actual_.content();
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair);
  const Repair repair = resting(reply.sealed.repair.id);
  EXPECT_EQ(repair.state, RepairState::kCompensated) << repair.note;
  EXPECT_GE(repair.changed, 4);
  EXPECT_EQ(actual_.content(), before);
}

TEST_F(PauseWhenTest, AnAbortDoesNotTakeBackWhatNobodyDid) {
  level_.set(150);
  rule_.action = PauseAction::kAbort;
  begin();
  ASSERT_TRUE(holds());
  drift_all();
  const CycleReply reply = observe();
  EXPECT_FALSE(reply.sealed.has_repair);
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_F(PauseWhenTest, ASourceThatDiesHoldsAsUnknownOnceItsReadingIsTooOld) {
  settings_.signals["latency"].max_age = std::chrono::milliseconds(300);
  level_.set(5);
  rule_.action = PauseAction::kAbort;
  begin();
  ASSERT_TRUE(opens());
  level_.fail(Error::unavailable("target have: connection refused"));
  ASSERT_TRUE(is_unknown());
  actual_.set("k01", "drifted");
  const Reason reason = decided();
  EXPECT_EQ(reason.passes, Truth::kUnknown);
  EXPECT_THAT(refusal_text(reason), HasSubstr("connection refused"));
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_THAT(audit_kinds(), Contains("signal_unknown"));
  EXPECT_THAT(metrics_.text(), HasSubstr("sideband_signal_readable{signal=\"latency\"} 0"));
  level_.set(5);
  ASSERT_TRUE(opens());
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

// An answer that is no reading says that the one before counts no more, however young.
TEST_F(PauseWhenTest, AnAnswerThatIsNoNumberHoldsAtOnce) {
  level_.set(5);
  begin();
  ASSERT_TRUE(opens());
  level_.fail(Error::corrupt("the answer is NaN"));
  ASSERT_TRUE(is_unknown());
  actual_.set("k01", "drifted");
  EXPECT_THAT(refusal_text(decided()), HasSubstr("the answer is NaN"));
}

TEST_F(PauseWhenTest, AReadingOfAnotherServerIsNone) {
  level_.set(5);
  level_.answer_as(server("cluster-a", "r1", "primary"));
  begin();
  ASSERT_TRUE(opens());
  level_.answer_as(server("cluster-b", "r2", "primary"));
  ASSERT_TRUE(is_unknown());
  actual_.set("k01", "drifted");
  EXPECT_THAT(refusal_text(decided()), HasSubstr("another server than the target answered"));
  EXPECT_THAT(metrics_.text(), HasSubstr("kind=\"foreign\""));
  level_.answer_as(server("cluster-a", "r3", "standby"));
  EXPECT_TRUE(opens()) << "the same data, whoever serves them";
}

TEST_F(PauseWhenTest, WhereTheTargetIsKnownAnAnswerThatDoesNotSayWhoIsNone) {
  level_.set(5);
  level_.answer_as(server("cluster-a", "r1", "primary"));
  begin();
  ASSERT_TRUE(opens());
  engine_.reset();
  store_.reset();
  open_signal_ = [this](const TargetSettings&,
                        const SignalSettings&) -> Result<std::unique_ptr<Signal>> {
    return std::unique_ptr<Signal>(std::make_unique<LevelSignal>(nameless_, clock_));
  };
  nameless_.set(5);
  start();
  ASSERT_TRUE(is_unknown());
}

// The kill comes between the commit of what the rule came to and anything else.
TEST_F(PauseWhenTest, WhatItCameToSurvivesAKill) {
  level_.set(35);
  spec_.gates.pause_when = {rule_};
  ASSERT_TRUE(dies_at("signal", 4, [&] { until([] { return false; }); }));
  level_.set(15);
  start();
  ASSERT_TRUE(judged());
  ASSERT_TRUE(kept()->holding) << "a kill opened it";
  actual_.set("k01", "drifted");
  EXPECT_EQ(decided().passes, Truth::kFalse);
  level_.set(10);
  ASSERT_TRUE(opens());
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_F(PauseWhenTest, AnAbortThatIsKilledAtEachPointTakesBackAllTheSame) {
  int taken_back = 0;
  for (const char* const point :
       {"compensating", "intent", "effect_begun", "effect_done", "outcome"}) {
    for (const int n : {1, 2, 3}) {
      SCOPED_TRACE(std::string(point) + " " + std::to_string(n));
      engine_.reset();
      store_.reset();
      std::filesystem::remove_all(dir_.path("state"));
      actual_.forget_token();
      fill(6);
      drift_all();
      const auto before = actual_.content();
      raised_ = false;
      level_.set(5);
      rule_.action = PauseAction::kAbort;
      spec_.gates.pause_when = {rule_};
      raise_behind_the_canary();
      const bool died = dies_at(point, n, [&] {
        if (!opens()) return;
        const CycleReply reply = observe();
        if (reply.sealed.has_repair) resting(reply.sealed.repair.id);
      });
      if (!died) continue;
      // What the child wrote in memory went with it; the record is what was left.
      level_.set(150);
      raised_ = true;
      start();
      const auto left = left_behind();
      if (!left) continue;
      const bool began = left->next_step > 0;
      if (!began) {
        // It waits, unless the first step, whose end is not recorded, was taken back already.
        level_.set(5);
        const RepairState end = resting(left->id).state;
        EXPECT_TRUE(end == RepairState::kConverged || end == RepairState::kCompensated);
        if (end == RepairState::kConverged) continue;
        EXPECT_EQ(actual_.content(), before);
        continue;
      }
      ++taken_back;
      const Repair repair = resting(left->id);
      EXPECT_EQ(repair.state, RepairState::kCompensated) << repair.note;
      EXPECT_EQ(actual_.content(), before);
    }
  }
  EXPECT_GE(taken_back, 4);
}

TEST_F(PauseWhenTest, ASignalIsReadWhileSomebodyUsesItAndNoLonger) {
  level_.set(5);
  begin();
  ASSERT_TRUE(opens());
  spec_.gates.pause_when.clear();
  spec_.version = "v2";
  settings_.version = "s2";
  engine_->reload(std::make_shared<Settings>(settings_));
  EXPECT_FALSE(engine_->signals().state("latency").has_value());
  actual_.set("k01", "drifted");
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair) << refusals_text(reply.sealed.decision.reasons);
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  level_.set(35);
  spec_.gates.pause_when = {rule_};
  spec_.version = "v3";
  settings_.version = "s3";
  engine_->reload(std::make_shared<Settings>(settings_));
  EXPECT_TRUE(holds());
}

// What the product knows of itself: before the first look there is no figure, so nobody knows.
TEST_F(PauseWhenTest, AFigureOfItsOwnIsASignal) {
  SignalSettings& own = settings_.signals["latency"];
  own.target.clear();
  own.kind = SignalSettings::kOwnSignal;
  own.figure = OwnFigure::kOpenDrifts;
  own.reconciler = "fleet";
  rule_.above = Quantity{3};
  rule_.clear.reset();
  begin();
  ASSERT_TRUE(is_unknown());
  actual_.set("k01", "drifted");
  EXPECT_THAT(refusal_text(decided()), HasSubstr("reconciler fleet was not looked at yet"));
  ASSERT_TRUE(opens());
  EXPECT_EQ(*engine_->signals().value("latency", clock_.wall()), 1);
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_F(PauseWhenTest, EachSignalIsShownWithWhatItHoldsBack) {
  level_.set(35);
  settings_.signals["unused"] = settings_.signals["latency"];
  settings_.signals["unused"].name = "unused";
  begin();
  ASSERT_TRUE(holds());
  ASSERT_TRUE(observe().result.ok());
  std::vector<SignalStatus> shown;
  ASSERT_TRUE(store_
                  ->read([&](StoreReader& store) -> Result<void> {
                    SB_ASSIGN(shown, gather_signal_status(store, *engine_));
                    return {};
                  })
                  .ok());
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(*value_of(*shown[0].state, clock_.wall()), 35);
  ASSERT_EQ(shown[0].uses.size(), 1U);
  EXPECT_TRUE(shown[0].uses[0].hold->holding);
  EXPECT_FALSE(shown[1].state.has_value());
  EXPECT_TRUE(shown[1].uses.empty());
}

}  // namespace
}  // namespace sideband
