// The filter never denies what it was given, and claims little else.
#include "policy/key_filter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sideband {
namespace {

// Example of the paper's appendix A: key 00 01 ... 0f, message 00 01 ... 0e.
TEST(SipHash, AnswersAsThePaperDoes) {
  std::string message;
  for (int i = 0; i < 15; ++i) message += static_cast<char>(i);
  EXPECT_EQ(siphash({0x0706050403020100U, 0x0f0e0d0c0b0a0908U}, message), 0xa129ca6149be45e5U);
}

int claimed(const KeyFilter& filter, int others) {
  int count = 0;
  for (int i = 0; i < others; ++i) count += filter.may_hold(fmt::format("other {}", i)) ? 1 : 0;
  return count;
}

TEST(KeyFilterTest, KnowsWhatItWasGivenAndAlmostNothingElse) {
  KeyFilter filter(7);
  EXPECT_EQ(claimed(filter, 1000), 0);
  for (int i = 0; i < 300'000; ++i) filter.add(std::to_string(i));
  for (int i = 0; i < 300'000; ++i) ASSERT_TRUE(filter.may_hold(std::to_string(i))) << i;
  EXPECT_LE(claimed(filter, 300'000), 3);
  EXPECT_LE(filter.bytes(), 300'000U * 12);
}

TEST(KeyFilterTest, ManyAtOnceAreTheSameAsOneByOne) {
  std::vector<Item> items;
  for (int i = 0; i < 200'000; ++i) items.push_back({std::to_string(i), State::absent()});
  KeyFilter filter(7);
  filter.add_all(items);
  for (const Item& item : items) ASSERT_TRUE(filter.may_hold(item.key)) << item.key;
  items.assign(3, {"other", State::absent()});
  items.push_back({"17", State::absent()});
  int unknown = 0;
  filter.add_unknown(items, [&](const Item& item) { unknown += item.key == "other" ? 1 : 100; });
  EXPECT_EQ(unknown, 1) << "one that comes again is known";
}

TEST(KeyFilterTest, StaysWithinItsMemory) {
  KeyFilter filter(7, 1 << 20);
  for (int i = 0; i < 1'000'000; ++i) filter.add(std::to_string(i));
  EXPECT_LE(filter.bytes(), 1U << 20);
  for (int i = 0; i < 1'000'000; i += 97) ASSERT_TRUE(filter.may_hold(std::to_string(i))) << i;
  EXPECT_LE(claimed(filter, 100'000), 10'000);
}

// What is claimed wrongly under one salt is denied under another.
TEST(KeyFilterTest, AnotherSaltClaimsOthers) {
  KeyFilter one(1, 1 << 10);
  KeyFilter other(2, 1 << 10);
  for (int i = 0; i < 1000; ++i) one.add(std::to_string(i)), other.add(std::to_string(i));
  int both = 0;
  int by_one = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = fmt::format("other {}", i);
    by_one += one.may_hold(key) ? 1 : 0;
    both += one.may_hold(key) && other.may_hold(key) ? 1 : 0;
  }
  EXPECT_GT(by_one, 100);
  EXPECT_LT(both, by_one / 2);
}

}  // namespace
}  // namespace sideband
