// Sides without an order in common, and the sweep for extras.
#include "engine/observe/probe_scanner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/memory_target.h"

namespace sideband {
namespace {

struct ProbePass {
  std::vector<Change> changes;
  std::int64_t desired = 0;
  std::int64_t extras = 0;
  std::int64_t unknown = 0;
};

class ProbeScannerTest : public testing::Test {
 protected:
  ProbeScannerTest() { actual_.forget_order(); }
  ReconcilerRuntimePtr runtime(bool prune) {
    auto made = std::make_shared<ReconcilerRuntime>();
    made->settings.desired.target = "want";
    made->settings.actual.target = "have";
    made->rules.prune = prune;
    TargetSettings target;
    target.name = "want";
    made->desired = std::move(driver_.open(target, {}, Role::kDesired)).value();
    target.name = "have";
    made->actual = std::move(driver_.open(target, {}, Role::kActual)).value();
    return made;
  }
  Result<ProbePass> scan(bool sweep, bool prune = false) {
    const auto scanner = make_full_scanner(runtime(prune), 7, sweep);
    EXPECT_EQ(scanner->finds_extras(), sweep);
    ProbePass pass;
    for (;;) {
      SB_ASSIGN(const ScanBatch batch, scanner->next());
      pass.changes.insert(pass.changes.end(), batch.changes.begin(), batch.changes.end());
      pass.desired += batch.desired;
      pass.extras += batch.extras;
      pass.unknown += batch.unknown;
      if (batch.last) return pass;
    }
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      desired_.set(fmt::format("k{:06}", i), "v");
      actual_.set(fmt::format("k{:06}", i), "v");
    }
  }

  MemoryDriver driver_;
  MemoryTarget& desired_ = driver_.target("want");
  MemoryTarget& actual_ = driver_.target("have");
};

TEST_F(ProbeScannerTest, ExtrasAreFoundBySweepsOnly) {
  fill(12'345);
  actual_.set("k000777", "other");
  actual_.erase("k012344");
  for (int i = 0; i < 1500; ++i) actual_.set(fmt::format("x{}", i), "nobody wants it");
  const auto plain = scan(false);
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->changes.size(), 2U);
  EXPECT_EQ(plain->extras, 0);
  const auto swept = scan(true);
  ASSERT_TRUE(swept.ok());
  EXPECT_EQ(swept->changes.size(), 2U);
  EXPECT_EQ(swept->extras, 1500);
  EXPECT_EQ(swept->desired, 12'345);
  const auto pruned = scan(true, true);
  ASSERT_TRUE(pruned.ok());
  EXPECT_EQ(pruned->changes.size(), 1502U);
}

// The filter's word is not enough: what became desired after the desired side was read is none.
TEST_F(ProbeScannerTest, AKeyThatBecameDesiredMeanwhileIsNoExtra) {
  fill(10);
  actual_.on_scan([this]() -> Result<void> {
    desired_.set("late", "v");
    actual_.set("late", "v");
    return {};
  });
  const auto pass = scan(true, true);
  ASSERT_TRUE(pass.ok());
  EXPECT_TRUE(pass->changes.empty());
  EXPECT_EQ(pass->extras, 0);
}

TEST_F(ProbeScannerTest, AnExtraThatWentMeanwhileIsNone) {
  fill(10);
  actual_.set("x", "v");
  actual_.on_read([this]() -> Result<void> {
    actual_.erase("x");
    return {};
  });
  const auto pass = scan(true, true);
  ASSERT_TRUE(pass.ok());
  EXPECT_TRUE(pass->changes.empty());
}

TEST_F(ProbeScannerTest, AFailedSweepVoidsThePass) {
  fill(3000);
  int calls = 0;
  actual_.on_scan([&calls]() -> Result<void> {
    return ++calls < 2 ? Result<void>() : Error::unavailable("gone");
  });
  EXPECT_TRUE(scan(false).ok());
  const auto pass = scan(true, true);
  ASSERT_FALSE(pass.ok());
  EXPECT_EQ(pass.error().message, "gone");
}

TEST_F(ProbeScannerTest, WhatCannotBeReadIsNoExtra) {
  actual_.set("x", "v");
  desired_.on_read([] { return Error::unavailable("the source does not answer"); });
  EXPECT_FALSE(scan(true, true).ok());
}

// Everything would be an extra: the count of desired items says so to the gates.
TEST_F(ProbeScannerTest, AnEmptySourceIsCountedAsEmpty) {
  actual_.set("x", "v");
  const auto pass = scan(true, true);
  ASSERT_TRUE(pass.ok());
  EXPECT_EQ(pass->desired, 0);
  EXPECT_EQ(pass->changes.size(), 1U);
}

}  // namespace
}  // namespace sideband
