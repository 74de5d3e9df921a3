// Reading ahead changes when a side is asked, never what comes.
#include "engine/observe/page_stream.h"

#include <gtest/gtest.h>

#include <atomic>

#include "engine/observe/merge_scanner.h"
#include "support/memory_target.h"
#include "support/until.h"

namespace sideband {
namespace {

class PageStreamTest : public testing::TestWithParam<bool> {
 protected:
  PageStreamTest() {
    for (int i = 0; i < 2500; ++i) target_.set(std::to_string(10'000 + i), "v");
    TargetSettings settings;
    settings.name = "side";
    side_ = std::move(driver_.open(settings, {}, Role::kActual)).value();
  }

  MemoryDriver driver_;
  MemoryTarget& target_ = driver_.target("side");
  std::unique_ptr<Collection> side_;
};

TEST_P(PageStreamTest, EveryPageInOrderUpToTheLast) {
  PageStream stream(*side_, {}, GetParam());
  std::vector<std::string> keys;
  for (bool last = false; !last;) {
    const auto page = stream.next();
    ASSERT_TRUE(page.ok());
    for (const Item& item : page->items) keys.push_back(item.key);
    last = page->last;
  }
  ASSERT_EQ(keys.size(), 2500U);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST_P(PageStreamTest, AnErrorComesInItsPlace) {
  std::atomic<int> calls = 0;
  target_.on_scan([&calls]() -> Result<void> {
    return ++calls == 2 ? Result<void>(Error::unavailable("gone")) : Result<void>();
  });
  PageStream stream(*side_, {}, GetParam());
  EXPECT_TRUE(stream.next().ok());
  const auto second = stream.next();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message, "gone");
  EXPECT_EQ(calls, 2);
}

TEST_P(PageStreamTest, MayBeGivenUpAtAnyTime) {
  { const PageStream never_asked(*side_, {}, GetParam()); }
  PageStream stream(*side_, {}, GetParam());
  EXPECT_TRUE(stream.next().ok());
}

INSTANTIATE_TEST_SUITE_P(Ways, PageStreamTest, testing::Bool(),
                         [](const auto& how) { return how.param ? "Prefetcher" : "OneByOne"; });

TEST_F(PageStreamTest, TheNextPageComesUnasked) {
  std::atomic<int> calls = 0;
  target_.on_scan([&calls]() -> Result<void> {
    ++calls;
    return {};
  });
  PageStream stream(*side_, {}, true);
  EXPECT_TRUE(stream.next().ok());
  EXPECT_TRUE(until([&] { return calls >= 2; }));
}

class SharedTargetTest : public PageStreamTest {
 protected:
  Result<ScanBatch> scan(std::int64_t connections) {
    auto made = std::make_shared<ReconcilerRuntime>();
    made->settings.desired.target = made->settings.actual.target = "side";
    made->actual_target.limits.connections = connections;
    TargetSettings settings;
    settings.name = "side";
    made->desired = std::move(driver_.open(settings, {}, Role::kDesired)).value();
    made->actual = std::move(driver_.open(settings, {}, Role::kActual)).value();
    EXPECT_EQ(sides_overlap(*made), connections > 1);
    target_.on_scan([this]() -> Result<void> {
      most_ = std::max<int>(most_, ++at_once_);
      --at_once_;
      return {};
    });
    MergeScanner scanner(made);
    return scanner.next();
  }

  std::atomic<int> at_once_ = 0;
  std::atomic<int> most_ = 0;
};

TEST_F(SharedTargetTest, OneConnectionIsUsedByOneSideAtATime) {
  const auto batch = scan(1);
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->last);
  EXPECT_EQ(batch->desired, 2500);
  EXPECT_TRUE(batch->changes.empty());
  EXPECT_EQ(most_, 1);
}

TEST_F(SharedTargetTest, TwoConnectionsMayOverlap) {
  const auto batch = scan(2);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->desired, 2500);
  EXPECT_TRUE(batch->changes.empty());
}

}  // namespace
}  // namespace sideband
