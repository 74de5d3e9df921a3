// The digest scanner finds what the merge scanner finds, whatever the sides hold.
#include "engine/observe/digest_scanner.h"

#include "engine/observe/confirmed_scan.h"

#include <fmt/format.h>
#include <rapidcheck/gtest.h>

#include "engine/observe/merge_scanner.h"
#include "support/memory_target.h"

namespace sideband {
namespace {

// All batches of one pass.
struct Pass {
  std::vector<Change> changes;
  std::int64_t desired = 0;
  std::int64_t extras = 0;
  std::int64_t unknown = 0;

  bool operator==(const Pass& other) const {
    return encode_changes(changes) == encode_changes(other.changes) && desired == other.desired &&
           extras == other.extras && unknown == other.unknown;
  }
};

Result<Pass> run(Scanner& scanner) {
  Pass pass;
  for (;;) {
    SB_ASSIGN(const ScanBatch batch, scanner.next());
    pass.changes.insert(pass.changes.end(), batch.changes.begin(), batch.changes.end());
    pass.desired += batch.desired;
    pass.extras += batch.extras;
    pass.unknown += batch.unknown;
    if (batch.last) return pass;
  }
}

class DigestScannerTest : public testing::Test {
 protected:
  DigestScannerTest() {
    for (MemoryTarget* side : {&desired_, &actual_}) side->offer_digests("memory-1");
  }
  ReconcilerRuntimePtr runtime(const CompareRules& rules = {}) {
    auto made = std::make_shared<ReconcilerRuntime>();
    made->rules = rules;
    TargetSettings target;
    target.name = "want";
    made->desired = std::move(driver_.open(target, {}, Role::kDesired)).value();
    target.name = "have";
    made->actual = std::move(driver_.open(target, {}, Role::kActual)).value();
    return made;
  }
  static Result<Pass> by_digests(const ReconcilerRuntimePtr& on) {
    ConfirmedScan scanner(on, std::make_unique<DigestScanner>(on, 7));
    return run(scanner);
  }
  static Result<Pass> by_merge(const ReconcilerRuntimePtr& on) {
    ConfirmedScan scanner(on, std::make_unique<MergeScanner>(on));
    return run(scanner);
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      desired_.set(fmt::format("k{:06}", i), "v");
      actual_.set(fmt::format("k{:06}", i), "v");
    }
  }
  void expect_same(const ReconcilerRuntimePtr& on) {
    const auto digests = by_digests(on);
    const auto merge = by_merge(on);
    ASSERT_TRUE(digests.ok()) << digests.error().message;
    ASSERT_TRUE(merge.ok());
    EXPECT_TRUE(*digests == *merge);
    EXPECT_EQ(digests->changes.size(), merge->changes.size());
  }

  MemoryDriver driver_;
  MemoryTarget& desired_ = driver_.target("want");
  MemoryTarget& actual_ = driver_.target("have");
};

TEST_F(DigestScannerTest, FindsWhatAMergeFinds) {
  const auto keys = rc::gen::container<std::vector<std::string>>(
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'e'))));
  const bool held = rc::check([&] {
    driver_.forget_targets();
    MemoryTarget& want = driver_.target("want");
    MemoryTarget& have = driver_.target("have");
    for (MemoryTarget* side : {&want, &have}) side->offer_digests("memory-1");
    want.split_into(*rc::gen::inRange<std::size_t>(1, 9));
    for (const std::string& key : *keys) want.set(key, "v"), have.set(key, "v");
    for (const std::string& key : *keys) want.set(key, "only here, or another");
    for (const std::string& key : *keys) have.set(key, "extra, or another");
    if (*rc::gen::arbitrary<bool>()) have.cannot_tell_around("c");
    CompareRules rules;
    rules.prune = *rc::gen::arbitrary<bool>();
    rules.coverage = *rc::gen::arbitrary<bool>() ? Coverage::kFull : Coverage::kPartial;
    const ReconcilerRuntimePtr on = runtime(rules);
    RC_ASSERT(*by_digests(on) == *by_merge(on));
  });
  EXPECT_TRUE(held);
}

TEST_F(DigestScannerTest, EmptySidesAndExtrasAtBothEnds) {
  expect_same(runtime());
  actual_.set("m", "v");
  expect_same(runtime());
  desired_.set("n", "v");
  expect_same(runtime());
  fill(300);
  actual_.set("a", "extra");
  actual_.set("z", "extra");
  expect_same(runtime());
  CompareRules prune;
  prune.prune = true;
  expect_same(runtime(prune));
}

TEST_F(DigestScannerTest, WhatIsEqualIsNotListed) {
  fill(5000);
  const auto nothing = by_digests(runtime());
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->changes.empty());
  EXPECT_EQ(nothing->desired, 5000);
  EXPECT_EQ(actual_.listed(), 0);
  actual_.set("k002500", "other");
  actual_.erase("k000001");
  expect_same(runtime());
  EXPECT_LE(actual_.listed(), 128);
}

TEST_F(DigestScannerTest, CoarseRangesAreRefined) {
  fill(80'000);
  desired_.split_into(4);
  for (int i = 0; i < 80'000; i += 20'000) actual_.set(fmt::format("k{:06}", i), "other");
  expect_same(runtime());
  EXPECT_LE(actual_.listed(), 33'000);
}

TEST_F(DigestScannerTest, WhatOneSideCannotTellIsReadInFull) {
  fill(2000);
  actual_.set("k000100", "other");
  actual_.set("k001000", "other");
  desired_.cannot_tell_around("k000100");
  expect_same(runtime());
}

TEST_F(DigestScannerTest, RangesTooLargeForTheTimeAreHalved) {
  fill(3000);
  actual_.set("k000100", "other");
  int calls = 0;
  actual_.on_digest([&calls]() -> Result<void> {
    return ++calls < 4 ? Error::timeout("slow", Effect::kNone) : Result<void>();
  });
  expect_same(runtime());
  // Never in time: everything is read.
  actual_.on_digest([] { return Error::timeout("slow", Effect::kNone); });
  expect_same(runtime());
}

TEST_F(DigestScannerTest, OneFailedPartVoidsThePass) {
  fill(3000);
  actual_.set("k000100", "other");
  int calls = 0;
  desired_.on_digest([&calls]() -> Result<void> {
    return ++calls < 2 ? Result<void>() : Error::unavailable("gone");
  });
  const auto pass = by_digests(runtime());
  ASSERT_FALSE(pass.ok());
  EXPECT_EQ(pass.error().message, "gone");
}

TEST_F(DigestScannerTest, OnlyWhereDigestsSayAll) {
  EXPECT_TRUE(digests_compare(*runtime()));
  CompareRules rules;
  rules.normalize = [](const std::string& text) -> Result<std::string> { return text; };
  EXPECT_FALSE(digests_compare(*runtime(rules)));
  actual_.offer_digests("memory-2");
  EXPECT_FALSE(digests_compare(*runtime()));
  actual_.offer_digests("");
  desired_.offer_digests("");
  EXPECT_FALSE(digests_compare(*runtime()));
}

}  // namespace
}  // namespace sideband
