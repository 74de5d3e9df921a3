// gates.throttle in the engine: how fast repairs are, why, and what a kill leaves of it.
#include <gmock/gmock.h>

#include "engine_fixture.h"
#include "level_signal.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ThrottleTest : public EngineTest {
 protected:
  ThrottleTest() {
    SignalSettings& signal = settings_.signals["latency"];
    signal.name = "latency";
    signal.version = "l1";
    signal.target = "have";
    signal.kind = "memory";
    signal.interval = std::chrono::milliseconds(10);
    signal.max_age = std::chrono::seconds(30);
    open_signal_ = [this](const TargetSettings&,
                          const SignalSettings&) -> Result<std::unique_ptr<Signal>> {
      return std::unique_ptr<Signal>(std::make_unique<LevelSignal>(level_, clock_));
    };
    ThrottleRule rule;
    rule.signal = "latency";
    rule.above = Quantity{20};
    spec_.gates.throttle = {rule};
    spec_.gates.rate_limit = {1000, 0};
    level_.set(5);
    fill(60);
  }
  ~ThrottleTest() override { engine_.reset(); }

  void drift_all() {
    for (const auto& [key, value] : desired_.content()) actual_.set(key, "drifted");
  }
  std::vector<std::string> throttles() { return status_facts().throttles; }
  bool slowed(const std::string& why) {
    return until([&] { return testing::Value(throttles(), Contains(HasSubstr(why))); });
  }
  bool at_the_least() {
    return until([&] {
      return testing::Value(throttles(), Contains(StartsWith("1 of 1000 changes a second ")));
    });
  }
  bool at_full() {
    return until([&] { return throttles().empty(); });
  }

  Level level_;
};

TEST_F(ThrottleTest, RepairsSlowDownWhileTheSignalIsBadAndSayWhy) {
  start();
  observe();
  ASSERT_TRUE(at_full()) << "good readings give the whole rate";
  level_.set(35);
  ASSERT_TRUE(at_the_least());
  EXPECT_TRUE(slowed("signal latency is 35, above 20"));
  drift_all();
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair);
  ASSERT_TRUE(until([&] { return actual_.writes() >= 2; }));
  EXPECT_LT(actual_.writes(), 10) << "one a second, not all at once";
  level_.set(5);
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  ASSERT_TRUE(at_full());
  EXPECT_THAT(audit_kinds(), Contains("throttle_slows"));
  EXPECT_THAT(audit_kinds(), Contains("throttle_ends"));
  EXPECT_THAT(metrics_.text(), HasSubstr("sideband_throttle_changes_per_second{"));
}

TEST_F(ThrottleTest, ASignalThatDoesNotAnswerSlowsDown) {
  settings_.signals["latency"].max_age = std::chrono::milliseconds(200);
  start();
  observe();
  ASSERT_TRUE(at_full());
  level_.fail(Error::unavailable("target have: connection refused"));
  EXPECT_TRUE(slowed("connection refused"));
  EXPECT_TRUE(at_the_least());
}

TEST_F(ThrottleTest, AKillGivesNothingBack) {
  level_.set(35);
  ASSERT_TRUE(dies_at("signal", 14, [&] {
    observe();
    until([] { return false; });
  }));
  level_.fail(Error::unavailable("target have: connection refused"));
  start();
  EXPECT_TRUE(at_the_least());
}

// Before the first reading nobody knows how it is.
TEST_F(ThrottleTest, ItBeginsSlowly) {
  level_.fail(Error::unavailable("target have: connection refused"));
  start();
  drift_all();
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair);
  ASSERT_TRUE(until([&] { return actual_.writes() >= 2; }));
  EXPECT_LT(actual_.writes(), 10);
  EXPECT_TRUE(at_the_least());
}

}  // namespace
}  // namespace sideband
