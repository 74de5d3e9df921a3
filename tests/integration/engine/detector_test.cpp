// Detectors of signals in the engine: what they hold back and wake, alone, after a kill, and where
// several nodes share a store.
#include <gmock/gmock.h>

#include "engine/signals/signal_status.h"
#include "engine_fixture.h"
#include "level_signal.h"
#include "policy/gates/gate.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class DetectorTest : public EngineTest {
 protected:
  DetectorTest() {
    SignalSettings& signal = settings_.signals["load"];
    signal.name = "load";
    signal.version = "l1";
    signal.target = "have";
    signal.kind = "memory";
    signal.interval = std::chrono::milliseconds(10);
    signal.max_age = std::chrono::seconds(30);
    signal.detector.kind = "threshold";
    signal.detector.options = {{"above", "20"}, {"clear", "10"}};
    open_signal_ = [this](const TargetSettings&,
                          const SignalSettings&) -> Result<std::unique_ptr<Signal>> {
      return std::unique_ptr<Signal>(std::make_unique<LevelSignal>(level_, clock_));
    };
    rule_.signal = "load";
    rule_.detected = true;
    rule_.above = Quantity{0.5};
    level_.set(5);
    fill(6);
  }
  ~DetectorTest() override { engine_.reset(); }

  DetectorSettings& detector() { return settings_.signals["load"].detector; }
  void begin() {
    spec_.gates.pause_when = {rule_};
    start();
  }
  Detection said() {
    const auto state = engine_->signals().state("load");
    return state && state->detection ? *state->detection : Detection();
  }
  bool says(Detected answer) {
    return until([&] { return said().answer == answer; });
  }
  bool paused() { return !said().paused.empty(); }
  bool pauses(const std::string& reason) {
    return until([&] { return said().paused == reason; });
  }
  // The gate once it is decided by what the detector says now.
  bool gate_is(Truth passes) {
    return until([&] { return decided().passes == passes; });
  }
  Reason decided() { return gate_now(GateId::kPauseWhen); }
  bool scanned() {
    bool found = false;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& store) -> Result<void> {
                      SB_ASSIGN(const auto head, store.head("fleet"));
                      found = head && head->scanned_at != WallTime();
                      return {};
                    })
                    .ok());
    return found;
  }
  std::optional<KeptDetection> kept() {
    std::optional<KeptDetection> found;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& store) -> Result<void> {
                      SB_ASSIGN(found, store.detection("load"));
                      return {};
                    })
                    .ok());
    return found;
  }

  Level level_;
  PauseRule rule_;
};

TEST_F(DetectorTest, ARepairIsHeldWhileItFiresAndBeginsByItselfAfterwards) {
  observes_ = true;
  level_.set(35);
  begin();
  ASSERT_TRUE(says(Detected::kFiring));
  ASSERT_TRUE(until([&] { return testing::Value(audit_kinds(), Contains("signal_holds")); }));
  actual_.set("k01", "drifted");
  const Reason reason = decided();
  EXPECT_EQ(reason.passes, Truth::kFalse);
  EXPECT_THAT(refusal_text(reason), HasSubstr("signal load is firing, held back by its detector"));
  EXPECT_EQ(opens_text(reason), "signal load is clear");
  level_.set(15);
  ASSERT_TRUE(until([&] { return said().why.find("15") != std::string::npos; }));
  EXPECT_EQ(said().answer, Detected::kFiring) << "between clear and threshold it goes on";
  EXPECT_EQ(actual_.writes(), 0);
  level_.set(9);
  EXPECT_TRUE(until([&] { return actual_.content() == desired_.content(); }));
  EXPECT_THAT(audit_kinds(), AllOf(Contains("detector_fires"), Contains("detector_clears")));
}

TEST_F(DetectorTest, OneThatStillLearnsDoesNotKnow) {
  detector().kind = "anomaly";
  detector().options = {{"learn", "1000000"}};
  begin();
  actual_.set("k01", "drifted");
  ASSERT_TRUE(until([&] { return said().why.find("tooFewPoints") != std::string::npos; }));
  const Reason reason = decided();
  EXPECT_EQ(reason.passes, Truth::kUnknown);
  EXPECT_THAT(refusal_text(reason), HasSubstr("its detector does not know: tooFewPoints"));
  EXPECT_EQ(actual_.writes(), 0);
}

TEST_F(DetectorTest, AnAnswerWithoutAValueIsNotClear) {
  begin();
  ASSERT_TRUE(says(Detected::kClear));
  level_.fail(Error::corrupt("the answer is NaN"));
  ASSERT_TRUE(says(Detected::kUnknown));
  actual_.set("k01", "drifted");
  EXPECT_EQ(decided().passes, Truth::kUnknown);
  level_.set(5);
  EXPECT_TRUE(gate_is(Truth::kTrue));
}

// Nobody's answer says nothing of the series: what was said before counts until it is too old, and
// errors in a row pause the detector.
TEST_F(DetectorTest, OneThatCannotBeFedIsPausedForItsErrors) {
  detector().quiet = std::chrono::milliseconds(200);
  begin();
  ASSERT_TRUE(says(Detected::kClear));
  level_.fail(Error::unavailable("target have: connection refused"));
  ASSERT_TRUE(pauses("errors"));
  actual_.set("k01", "drifted");
  EXPECT_EQ(decided().passes, Truth::kUnknown);
  EXPECT_THAT(metrics_.text(),
              HasSubstr("sideband_detector_paused{reason=\"errors\",signal=\"load\"} 1"));
  level_.set(5);
  ASSERT_TRUE(pauses("")) << "after its quiet time it goes on by itself";
  EXPECT_TRUE(gate_is(Truth::kTrue));
  EXPECT_THAT(audit_kinds(), AllOf(Contains("detector_paused"), Contains("detector_resumed")));
}

TEST_F(DetectorTest, OneThatFiresTooOftenIsPausedAndHolds) {
  detector().most_fires = 3;
  begin();
  ASSERT_TRUE(says(Detected::kClear));
  for (int i = 0; i < 4; ++i) {
    level_.set(35);
    ASSERT_TRUE(until([&] { return paused() || said().answer == Detected::kFiring; }));
    level_.set(5);
    ASSERT_TRUE(until([&] { return paused() || said().answer == Detected::kClear; }));
  }
  ASSERT_TRUE(pauses("noisy"));
  actual_.set("k01", "drifted");
  const Reason reason = decided();
  EXPECT_EQ(reason.passes, Truth::kUnknown);
  EXPECT_THAT(refusal_text(reason), HasSubstr("paused (noisy): it fired 4 times"));
}

TEST_F(DetectorTest, ItWakesWhoWaitsForItWhenItBeginsToFire) {
  observes_ = true;
  spec_.interval = std::chrono::hours(1);
  spec_.wake.signals = {"load"};
  start();
  ASSERT_TRUE(says(Detected::kClear)) << "it is read without any rule";
  ASSERT_TRUE(until([&] { return scanned(); }));
  actual_.set("k01", "drifted");
  level_.set(35);
  EXPECT_TRUE(until([&] { return actual_.content() == desired_.content(); }))
      << "nobody looked before the hour was over";
}

TEST_F(DetectorTest, WhatItLearntSurvivesAKill) {
  detector().options = {{"above", "20"}, {"clear", "10"}};
  level_.set(35);
  spec_.gates.pause_when = {rule_};
  ASSERT_TRUE(dies_at("signal", 6, [&] { until([] { return false; }); }));
  level_.set(15);
  start();
  ASSERT_TRUE(until([&] { return said().why.find("15") != std::string::npos; }));
  EXPECT_EQ(said().answer, Detected::kFiring) << "15 alone would not fire: a kill cleared it";
}

TEST_F(DetectorTest, OtherSettingsBeginAnewAndEqualOnesGoOn) {
  level_.set(35);
  begin();
  ASSERT_TRUE(says(Detected::kFiring));
  level_.set(15);
  restart();
  ASSERT_TRUE(until([&] { return said().why.find("15") != std::string::npos; }));
  EXPECT_EQ(said().answer, Detected::kFiring);
  detector().options = {{"above", "20"}, {"clear", "11"}};
  settings_.signals["load"].version = "l2";
  restart();
  EXPECT_TRUE(says(Detected::kClear));
}

// What was kept cannot be read any more: it begins anew, and says so.
TEST_F(DetectorTest, ADamagedStateIsNotBelieved) {
  open_store();
  ASSERT_TRUE(store_
                  ->run(Lane::kControl,
                        [&](StoreTx& store) -> Result<void> {
                          return store.put_detection("load", {{}, "no state of a detector"});
                        })
                  .ok());
  store_.reset();
  begin();
  EXPECT_TRUE(says(Detected::kClear));
  EXPECT_TRUE(until([&] { return kept()->state != "no state of a detector"; }));
}

TEST_F(DetectorTest, AnotherServerIsNeitherHeardNorClear) {
  TargetIdentity first;
  first.data = "cluster-a";
  first.history = "1";
  level_.answer_as(first);
  begin();
  ASSERT_TRUE(says(Detected::kClear));
  TargetIdentity other = first;
  other.data = "cluster-b";
  level_.answer_as(other);
  level_.set(500);
  ASSERT_TRUE(pauses("errors"));
  EXPECT_THAT(audit_kinds(), Not(Contains("detector_fires"))) << "500 is of another server";
}

TEST_F(DetectorTest, ItsAnswerStandsBesideTheSignal) {
  begin();
  ASSERT_TRUE(says(Detected::kClear));
  ASSERT_TRUE(store_
                  ->read([&](StoreReader& store) -> Result<void> {
                    SB_ASSIGN(const auto all, gather_signal_status(store, *engine_));
                    EXPECT_EQ(all.at(0).state->detection->answer, Detected::kClear);
                    return {};
                  })
                  .ok());
  EXPECT_THAT(metrics_.text(), HasSubstr("sideband_detector_firing{signal=\"load\"} 0"));
}

}  // namespace
}  // namespace sideband
