#include "engine/runtime/heartbeat.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

// No unit is carried out, so nothing asks this store.
class NoStore final : public Store {
 public:
  void submit(Lane, StoreFn, StoreDone) override {}
  Result<void> read(const StoreReadFn&) override { return {}; }
  Result<void> health() override { return {}; }
  Result<std::int64_t> lease_clock() override { return 0; }
};

class HeartbeatTest : public testing::Test {
 protected:
  NoStore store_;
  ManualClock clock_{WallTime(Duration(0))};
  SystemRandom random_;
  Metrics metrics_;
  EngineMetrics measures_{metrics_};
  EngineContext context_{store_, clock_, random_, measures_, "local", {}, {}, {}, {}, {}, {}, {}};
  std::atomic<std::int64_t> beat_us_{0};
  Heartbeat pulse_{context_, std::chrono::seconds(1), beat_us_};
};

TEST_F(HeartbeatTest, BeatsAfterTheStoreAnsweredAndWaitsThen) {
  EXPECT_EQ(pulse_.next({}).kind, Unit::Kind::kStore);
  EXPECT_EQ(beat_us_.load(), 0) << "not before the answer";
  clock_.advance(std::chrono::seconds(5));
  const Unit wait = pulse_.next({});
  EXPECT_EQ(wait.kind, Unit::Kind::kWait);
  EXPECT_EQ(wait.wait, std::chrono::seconds(1));
  EXPECT_EQ(beat_us_.load(), 5'000'000);
  EXPECT_EQ(pulse_.next({}).kind, Unit::Kind::kStore);
}

TEST_F(HeartbeatTest, AStoreThatRefusesIsAlive) {
  EXPECT_EQ(pulse_.next({}).kind, Unit::Kind::kStore);
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(pulse_.next(Error::storage("the disk is full")).kind, Unit::Kind::kWait);
  EXPECT_EQ(beat_us_.load(), 5'000'000);
}

TEST_F(HeartbeatTest, EndsWithTheRunner) {
  pulse_.next({});
  pulse_.next({});
  const Error stopping{ErrorCode::kCancelled, "stopping"};
  EXPECT_EQ(pulse_.next(stopping).kind, Unit::Kind::kDone);
}

}  // namespace
}  // namespace sideband
