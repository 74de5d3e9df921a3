#include "policy/digest_tree.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

TEST(DigestTree, EstimatesFromTheRangesThatDiffer) {
  // 1000 differences in 1024 ranges leave about 385 of them untouched.
  EXPECT_NEAR(estimated_differences({1024, 639, 640'000}), 1000, 10);
  EXPECT_EQ(estimated_differences({0, 0, 0}), 0);
  EXPECT_GT(estimated_differences({16, 16, 1000}), 32);
}

TEST(DigestTree, FewItemsAreListedAtOnce) {
  EXPECT_EQ(next_items_each({16'384, 100, 6'400}), 0U);
  EXPECT_EQ(next_items_each({1, 0, 1'000'000}), 0U);
}

TEST(DigestTree, PartsFitTheDensityOfDifferences) {
  // Ranges of 64 with one difference in 16 of them are fine enough, ranges of 600 are not.
  EXPECT_EQ(next_items_each({15'625, 787, 50'400}), 0U);
  const std::size_t each = next_items_each({16'384, 957, 584'000});
  EXPECT_GT(each, 16U);
  EXPECT_LT(each, 80U);
  // One difference in a million: the square root balances digests and items.
  const std::size_t one = next_items_each({1, 1, 1'000'000});
  EXPECT_GT(one, 500U);
  EXPECT_LT(one, 3'000U);
  // Where everything differs no tree helps.
  EXPECT_EQ(next_items_each({16'384, 16'384, 1'000'000}), 0U);
}

}  // namespace
}  // namespace sideband
