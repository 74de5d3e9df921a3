// Calls that are cut into smaller ones where a rate is limited, and what they add up to.
#include "drivers/limited_collection.h"

#include <atomic>

#include "base/thread.h"
#include "drivers/judge.h"
#include "drivers/limits_for_tests.h"
#include "support/until.h"

namespace sideband {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);

// Remembers the calls that reach it.
class Counted final : public Collection {
 public:
  explicit Counted(CollectionTraits traits) : traits_(std::move(traits)) {}
  [[nodiscard]] CollectionTraits traits() const override { return traits_; }
  Result<ScanPage> scan(const ScanRequest& r) override {
    calls.push_back(r.max_items);
    ScanPage page;
    for (std::size_t i = 0; i < r.max_items; ++i) {
      page.items.push_back({std::to_string(next_++), State::of_bytes("x")});
    }
    page.cursor = std::to_string(next_);
    page.passed = passed;
    return page;
  }
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration) override {
    calls.push_back(keys.size());
    std::vector<Item> items;
    for (const std::string& key : keys) items.push_back({key, State::of_bytes("x")});
    return items;
  }
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& r) override {
    calls.push_back(r.changes.size());
    if (calls.size() == fails_at) return fails_with;
    return std::vector<ChangeOutcome>(r.changes.size(), changed());
  }

  std::vector<std::size_t> calls;  // items of each
  std::size_t passed = 0;
  std::size_t fails_at = 0;
  Error fails_with;

 private:
  const CollectionTraits traits_;
  int next_ = 1;
};

class PacedTest : public LimitsTest {
 protected:
  Counted& limit(TargetLimits limits, CollectionTraits traits) {
    auto inner = std::make_unique<Counted>(std::move(traits));
    Counted& counted = *inner;
    limiter_ = std::make_shared<TargetLimiter>(limits, clock_);
    limited_ = std::make_unique<LimitedCollection>(std::move(inner), limiter_, clock_);
    return counted;
  }
  // Calls with a clock that moves on as long as the call waits.
  template <class Call>
  auto while_time_passes(Call call) {
    std::atomic<bool> done{false};
    Thread time("time", [&] {
      while (!done) {
        if (limiter_->waiting() > 0) clock_.advance(std::chrono::milliseconds(5));
        let_pass(Duration(200));
      }
    });
    auto answer = call();
    done = true;
    return answer;
  }
  static std::vector<Change> changes(std::size_t count) {
    std::vector<Change> out;
    for (const std::string& key : keys(count)) {
      out.push_back({key, ChangeOp::kUpdate, State::of_bytes("a"), State::of_bytes("b")});
    }
    return out;
  }

  std::shared_ptr<TargetLimiter> limiter_;
  std::unique_ptr<LimitedCollection> limited_;
};

TEST_F(PacedTest, AReadIsCutIntoCallsAtTheRate) {
  const Counted& calls = limit(limits(2, 2000), {});
  const MonoTime begin = clock_.mono();
  const auto items = while_time_passes([&] { return limited_->read(keys(55), kMinute); });
  ASSERT_TRUE(items.ok());
  EXPECT_EQ(calls.calls, (std::vector<std::size_t>{10, 10, 10, 10, 10, 5}));
  ASSERT_EQ(items->size(), 55U);
  for (std::size_t i = 0; i < items->size(); ++i) EXPECT_EQ((*items)[i].key, keys(55)[i]);
  EXPECT_GE(clock_.mono() - begin, std::chrono::milliseconds(17)) << "35 of them waited";
}

TEST_F(PacedTest, APageOfKeysInOrderIsMadeOfSmallCalls) {
  CollectionTraits ordered;
  ordered.order = KeyOrder::kBytes;
  const Counted& calls = limit(limits(2, 20'000), ordered);
  ScanRequest request;
  request.max_items = 250;
  const auto page = while_time_passes([&] { return limited_->scan(request); });
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(calls.calls, (std::vector<std::size_t>{100, 100, 50}));
  EXPECT_EQ(page->items.size(), 250U);
  EXPECT_EQ(page->cursor, "251");
}

TEST_F(PacedTest, APageWithoutOrderIsOneSmallCallUnlessOnlyKeysAreWanted) {
  const Counted& calls = limit(limits(2, 20'000), {});
  ScanRequest request;
  request.max_items = 250;
  EXPECT_EQ(limited_->scan(request)->items.size(), 100U);
  request.keys_only = true;
  const auto page = while_time_passes([&] { return limited_->scan(request); });
  EXPECT_EQ(page->items.size(), 250U);
  EXPECT_EQ(calls.calls, (std::vector<std::size_t>{100, 100, 100, 50}));
}

TEST_F(PacedTest, WhatATargetHadToPassIsChargedToo) {
  Counted& calls = limit(limits(2, 2000), {});
  calls.passed = 2000;
  ScanRequest request;
  request.max_items = 1;
  EXPECT_TRUE(limited_->scan(request).ok());
  const auto refused = limited_->read({"1"}, std::chrono::milliseconds(900));
  ASSERT_FALSE(refused.ok()) << "a second's worth was passed";
  EXPECT_EQ(refused.error().code, ErrorCode::kTimeout);
}

TEST_F(PacedTest, WithoutALimitNothingIsCut) {
  const Counted& calls = limit(limits(2, 0), {});
  ScanRequest scan;
  scan.max_items = 5000;
  ApplyRequest apply;
  apply.changes = changes(5000);
  EXPECT_TRUE(limited_->scan(scan).ok());
  EXPECT_TRUE(limited_->read(keys(5000), kMinute).ok());
  EXPECT_TRUE(limited_->apply(apply).ok());
  EXPECT_EQ(calls.calls, (std::vector<std::size_t>{5000, 5000, 5000}));
  EXPECT_EQ(limited_->traits().max_changes, SIZE_MAX);
}

TEST_F(PacedTest, ChangesAreCutWhereEachIsMadeByItself) {
  TargetLimits writes = limits(2, 0);
  writes.writes_per_second = 2000;
  CollectionTraits separate;
  separate.separate_changes = true;
  for (const bool cut : {true, false}) {
    const Counted& calls = limit(writes, cut ? separate : CollectionTraits());
    ApplyRequest request;
    request.changes = changes(25);
    const auto outcomes = while_time_passes([&] { return limited_->apply(request); });
    ASSERT_TRUE(outcomes.ok());
    EXPECT_EQ(outcomes->size(), 25U);
    EXPECT_EQ(calls.calls,
              cut ? (std::vector<std::size_t>{10, 10, 5}) : std::vector<std::size_t>{25});
  }
}

// Of what came before nothing is doubted, of what comes after nothing was tried.
TEST_F(PacedTest, ACallThatFailsEndsTheOthersOfItsApply) {
  struct Row {
    Effect effect;
    Outcome of_the_call;
  };
  for (const Row& row :
       {Row{Effect::kNone, Outcome::kFailed}, Row{Effect::kMaybe, Outcome::kUnknown}}) {
    TargetLimits writes = limits(2, 0);
    writes.writes_per_second = 2000;
    CollectionTraits separate;
    separate.separate_changes = true;
    Counted& calls = limit(writes, separate);
    calls.fails_at = 2;
    calls.fails_with = Error::timeout("gone", row.effect);
    ApplyRequest request;
    request.changes = changes(25);
    const auto outcomes = while_time_passes([&] { return limited_->apply(request); });
    ASSERT_TRUE(outcomes.ok());
    ASSERT_EQ(outcomes->size(), 25U);
    for (std::size_t i = 0; i < 25; ++i) {
      EXPECT_EQ((*outcomes)[i].outcome, i < 10   ? Outcome::kChanged
                                        : i < 20 ? row.of_the_call
                                                 : Outcome::kFailed)
          << i;
    }
    EXPECT_EQ(calls.calls.size(), 2U) << "nothing is sent after an error";
    Counted& first = limit(writes, separate);
    first.fails_at = 1;
    first.fails_with = Error::timeout("gone", row.effect);
    const auto error = limited_->apply(request);
    ASSERT_FALSE(error.ok());
    EXPECT_EQ(error.error().effect, row.effect) << "as if it had not been cut";
  }
}

// A step ends within its lease whatever the limits are.
TEST_F(PacedTest, StepsAreNoLongerThanTheRatesAllowInSeconds) {
  struct Row {
    std::int64_t reads, writes;
    std::size_t max_changes;
  };
  for (const Row& row : {Row{0, 0, SIZE_MAX}, Row{0, 50, 50}, Row{50, 0, 250}, Row{50, 100, 100},
                         Row{10, 100, 50}, Row{2000, 2000, 2000}, Row{1, 1, 1}}) {
    TargetLimits both = limits(2, row.reads);
    both.writes_per_second = row.writes;
    limit(both, {});
    EXPECT_EQ(limited_->traits().max_changes, row.max_changes)
        << row.reads << " reads, " << row.writes << " writes";
  }
}

// Many that are cut at the same time would all be late; a small one need not wait for their ends.
TEST_F(PacedTest, CallsThatAreCutComeOneAfterTheOther) {
  const Counted& calls = limit(limits(1, 2000), {});
  std::vector<Thread> readers;
  while_time_passes([&] {
    for (int reader = 0; reader < 4; ++reader) {
      readers.emplace_back("reader", [&] {
        EXPECT_TRUE(limited_->read(keys(25), kMinute).ok());
        EXPECT_TRUE(limited_->read({"1"}, kMinute).ok());
      });
    }
    readers.clear();
    return true;
  });
  std::vector<std::size_t> cut = calls.calls;
  std::erase(cut, 1U);
  EXPECT_EQ(calls.calls.size(), 16U);
  EXPECT_EQ(cut, (std::vector<std::size_t>{10, 10, 5, 10, 10, 5, 10, 10, 5, 10, 10, 5}));
}

// The time that the rate itself takes is not counted against the call.
TEST_F(PacedTest, ALongReadIsNotGivenUpForItsLimit) {
  limit(limits(2, 10), {});
  const auto items =
      while_time_passes([&] { return limited_->read(keys(100), std::chrono::seconds(3)); });
  ASSERT_TRUE(items.ok()) << items.error().message;
  EXPECT_EQ(items->size(), 100U);
}

}  // namespace
}  // namespace sideband
