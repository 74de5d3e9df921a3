// Feeds that come, speak, lag and go, on the pump's own thread.
#include "engine/observe/feed_pump.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "support/until.h"

namespace sideband {
namespace {

// Answers of one feed after the other; then it is quiet.
class ScriptedFeed final : public Feed {
 public:
  explicit ScriptedFeed(std::deque<Result<Wake>> answers) : answers_(std::move(answers)) {}
  Result<Wake> wait(Duration) override {
    if (answers_.empty()) {
      let_pass(std::chrono::milliseconds(1));
      return Wake{};
    }
    Result<Wake> next = answers_.front();
    answers_.pop_front();
    return next;
  }
  [[nodiscard]] std::optional<std::int64_t> lag_bytes() const override { return 77; }

 private:
  std::deque<Result<Wake>> answers_;
};

class Pump : public testing::Test {
 protected:
  Pump() { settings_.name = "prices"; }

  using Opened = Result<std::unique_ptr<Feed>>;
  static Opened feed(std::deque<Result<Wake>> answers) {
    return std::unique_ptr<Feed>(std::make_unique<ScriptedFeed>(std::move(answers)));
  }
  std::unique_ptr<FeedPump> pump(std::function<Opened()> open) {
    return std::make_unique<FeedPump>(FeedSite{settings_, "shop", Role::kDesired, std::move(open),
                                               wakes_, [this] { ++woken_; }, clock_, measures_});
  }
  // Whether a line of the metrics begins with `name` and ends with this label and value.
  bool shows(const std::string& name, const std::string& label, const std::string& value) {
    const std::string text = metrics_.text();
    for (std::size_t at = text.find("\n" + name); at != std::string::npos;
         at = text.find("\n" + name, at + 1)) {
      const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
      if (line.find(label) != std::string::npos && line.ends_with("} " + value)) return true;
    }
    return false;
  }

  ReconcilerSettings settings_;
  SystemClock clock_;
  Metrics metrics_;
  EngineMetrics measures_{metrics_};
  std::shared_ptr<PendingWakes> wakes_ = std::make_shared<PendingWakes>();
  std::atomic<int> woken_ = 0;
};

TEST_F(Pump, HandsOnAScanFirstAndThenWhatTheFeedSays) {
  const auto running = pump([] { return feed({Wake{true, false, {"1", "2"}}, Wake{}}); });
  ASSERT_TRUE(until([&] { return woken_ == 2; }));
  const auto got = wakes_->take();
  EXPECT_TRUE(got.scan) << "what happened before it listened is not known";
  EXPECT_EQ(got.keys, (std::vector<std::string>{"1", "2"}));
  EXPECT_TRUE(until([&] { return shows("sideband_feed_lag_bytes", "shop", "77"); }));
  EXPECT_TRUE(shows("sideband_feed_up", "shop", "1"));
  EXPECT_TRUE(shows("sideband_feed_wakes_total", "with=\"keys\"", "1"));
  EXPECT_TRUE(shows("sideband_feed_ends_total", "why=\"lag\"", "0"));
}

TEST_F(Pump, FeedThatLagsOrIsLostIsCountedAndOpenedAgain) {
  std::atomic<int> opened = 0;
  const auto running = pump([&] {
    switch (++opened) {
      case 1:
        return feed({Error::refused("kept too much")});
      case 2:
        return feed({Error::unavailable("gone")});
      default:
        return feed({});
    }
  });
  ASSERT_TRUE(until([&] { return woken_ == 3; })) << "each beginning is a scan";
  EXPECT_TRUE(wakes_->take().scan);
  EXPECT_TRUE(shows("sideband_feed_ends_total", "why=\"lag\"", "1"));
  EXPECT_TRUE(shows("sideband_feed_ends_total", "why=\"lost\"", "1"));
  EXPECT_TRUE(shows("sideband_feed_up", "shop", "1"));
}

TEST_F(Pump, FeedThatNeverComesIsSeenAndStopsAtOnce) {
  std::atomic<int> opened = 0;
  auto running = pump([&]() -> Opened {
    ++opened;
    return Error::permission("no grant");
  });
  ASSERT_TRUE(until([&] { return opened == 1; }));
  running->ask_again();
  ASSERT_TRUE(until([&] { return opened == 2; })) << "denied, it waits for a person";
  EXPECT_TRUE(shows("sideband_feed_up", "shop", "0"));
  EXPECT_EQ(woken_, 0);
  running.reset();
  EXPECT_FALSE(wakes_->take().scan);
}

}  // namespace
}  // namespace sideband
