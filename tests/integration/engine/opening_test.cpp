// Targets that take long to be opened, beside others that do not.
#include <gmock/gmock.h>

#include <atomic>
#include <latch>

#include "engine_fixture.h"
#include "support/until.h"

namespace sideband {
namespace {

class OpeningTest : public EngineTest {
 protected:
  ~OpeningTest() override { answer(); }

  // Reconcilers "slow0".. each with an actual side of its own, which says nothing before answer().
  void configure_slow(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "slow" + std::to_string(i);
      driver_.target(name);
      settings_.targets[name] = settings_.targets.at("have");
      settings_.targets[name].name = name;
      settings_.reconcilers[name] = spec_;
      settings_.reconcilers[name].name = settings_.reconcilers[name].actual.target = name;
    }
    while_opening_ = [this](const std::string& target) {
      if (!target.starts_with("slow")) return;
      ++asked_;
      answered_.wait();
    };
  }
  void answer() {
    if (!answered_.try_wait()) answered_.count_down();
  }

  std::atomic<int> asked_ = 0;
  std::latch answered_{1};
};

TEST_F(OpeningTest, K5_5_ThoseThatDoNotAnswerKeepNobodyWaiting) {
  fill(3);
  configure_slow(8);
  start();
  EXPECT_EQ(engine_->status_of("slow0").problem, "its targets are being opened");
  EXPECT_EQ(engine_->runtime("slow0"), nullptr);
  actual_.set("k01", "drifted");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_TRUE(until([this] { return asked_ == 8; })) << "beside each other";
  EXPECT_FALSE(observe({}, Principal::loop(), "slow3").result.ok());
  answer();
  EXPECT_TRUE(until([this] { return engine_->runtime("slow7") != nullptr; }));
  EXPECT_TRUE(until([this] { return engine_->status_of("slow0").problem.empty(); }));
}

TEST_F(OpeningTest, K5_5_AReloadDoesNotWaitForThem) {
  fill(3);
  configure_slow(2);
  start();
  spec_.version = settings_.version = "edited";
  settings_.reconcilers.erase("slow0");
  settings_.reconcilers["slow1"].version = "edited";
  settings_.reconcilers["slow1"].actual.target = "have";
  engine_->reload(std::make_shared<Settings>(settings_));
  ASSERT_NE(engine_->runtime("slow1"), nullptr) << "its new target answers";
  EXPECT_EQ(engine_->runtime("fleet")->settings.version, "edited");
  answer();
  engine_->stop();
  EXPECT_EQ(engine_->runtime("slow0"), nullptr);
  EXPECT_EQ(engine_->runtime("slow1")->settings.version, "edited");
}

TEST_F(OpeningTest, K5_5_EachSideKeepsItsOwnLimitOfTime) {
  settings_.targets["want"].limits.statement_timeout = std::chrono::seconds(70);
  settings_.targets["have"].limits.statement_timeout = std::chrono::seconds(20);
  start();
  EXPECT_EQ(engine_->runtime("fleet")->call_timeout, std::chrono::seconds(70))
      << "the longest; what holds a target's limits keeps each call to its own";
}

// What is ignored is compiled when a reconciler is opened.
TEST_F(OpeningTest, K11_8_AnExceptionThatExpiresIsNoLongerMade) {
  std::atomic<int> made = 0;
  make_content_rules_ = [&made](const DetectSettings&) {
    ++made;
    return Normalize();
  };
  IgnoreRule rule;
  rule.expires = clock_.wall() + std::chrono::seconds(1);
  spec_.detect.ignore = {rule};
  start();
  EXPECT_EQ(made, 1);
  EXPECT_TRUE(until([&] { return made == 2 && engine_->runtime("fleet") != nullptr; }));
  EXPECT_GT(clock_.wall(), *rule.expires);
}

}  // namespace
}  // namespace sideband
