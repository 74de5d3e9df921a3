// detect.signals in the engine: what differs is repaired once as many signals agree as have to.
#include <gmock/gmock.h>

#include "engine_fixture.h"
#include "level_signal.h"
#include "policy/gates/gate.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class CorroborationTest : public EngineTest {
 protected:
  CorroborationTest() {
    for (const char* name : {"errors", "queue"}) {
      SignalSettings& signal = settings_.signals[name];
      signal.name = name;
      signal.version = "s1";
      signal.target = "have";
      signal.kind = "memory";
      signal.interval = std::chrono::milliseconds(10);
      signal.max_age = std::chrono::seconds(30);
      SignalCondition condition;
      condition.signal = name;
      condition.above = Quantity{10};
      spec_.detect.signals.of.push_back(condition);
    }
    spec_.detect.signals.require = 2;
    open_signal_ = [this](const TargetSettings&,
                          const SignalSettings& signal) -> Result<std::unique_ptr<Signal>> {
      return std::unique_ptr<Signal>(std::make_unique<LevelSignal>(levels_[signal.name], clock_));
    };
    for (const char* name : {"errors", "queue"}) levels_[name].set(0);
    fill(4);
  }
  ~CorroborationTest() override { engine_.reset(); }

  // The gate once it says that by what the signals say now.
  bool gate_is(Truth passes) {
    return until([&] { return gate_now(GateId::kCorroboration).passes == passes; });
  }
  std::map<std::string, Level> levels_;
};

TEST_F(CorroborationTest, SignalsHaveToAgree) {
  start();
  actual_.set("k01", "drifted");
  ASSERT_TRUE(gate_is(Truth::kFalse));
  levels_["errors"].set(20);
  ASSERT_TRUE(until([&] {
    return saw_text(gate_now(GateId::kCorroboration)) ==
           "1 of 2 signals agree, 2 have to: queue is 0, not above 10";
  }));
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_EQ(status().kind, StatusKind::kHeld);
  levels_["queue"].set(11);
  EXPECT_TRUE(until([&] {
    const CycleReply reply = observe();
    return reply.sealed.has_repair &&
           resting(reply.sealed.repair.id).state == RepairState::kConverged;
  }));
  EXPECT_EQ(actual_.content().at("k01"), "vk01");
}

TEST_F(CorroborationTest, WhatIsNotKnownAgreesWithNobody) {
  levels_["errors"].set(20);
  levels_["queue"].fail(Error::corrupt("it says nothing"));
  start();
  actual_.set("k01", "drifted");
  ASSERT_TRUE(gate_is(Truth::kUnknown));
  EXPECT_THAT(saw_text(gate_now(GateId::kCorroboration)), HasSubstr("queue is not known"));
  levels_["errors"].set(5);
  EXPECT_TRUE(gate_is(Truth::kFalse)) << "it could not make up the number any more";
  EXPECT_EQ(actual_.writes(), 0);
}

// A repair that waits for people is asked again when it would begin.
TEST_F(CorroborationTest, ARepairThatWaitedIsAskedAgain) {
  spec_.mode = Mode::kApprove;
  for (const char* name : {"errors", "queue"}) levels_[name].set(20);
  start();
  actual_.set("k01", "drifted");
  CycleReply waiting;
  ASSERT_TRUE(until([&] {
    waiting = observe();
    return waiting.sealed.has_repair;
  })) << "once both were read";
  levels_["queue"].set(0);
  ASSERT_TRUE(until([&] {
    const auto now = engine_->signals().value("queue", clock_.wall());
    return now.known() && *now < 1;
  }));
  EXPECT_EQ(approved(waiting).state, RepairState::kSuperseded);
  EXPECT_EQ(actual_.writes(), 0);
}

}  // namespace
}  // namespace sideband
