// Digests of ranges, for the drivers that declare them.
#include <algorithm>

#include "conformance/collection/fixture.h"

namespace sideband {
namespace {

class CollectionDigests : public CollectionSuite {
 protected:
  void SetUp() override {
    CollectionSuite::SetUp();
    if (IsSkipped()) return;
    ASSERT_NE(collection_->traits().digest, "");
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) put(i, "v" + std::to_string(i));
  }
  KeyRange range(int from, int below) { return {subject_->key(from), subject_->key(below)}; }
  std::vector<RangeDigest> digests(const std::vector<KeyRange>& ranges, std::uint64_t seed = 7) {
    auto answer = collection_->digests({ranges, seed, std::chrono::seconds(30)});
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? *answer : std::vector<RangeDigest>(ranges.size());
  }
  std::vector<std::string> keys_in(const std::vector<KeyRange>& ranges) {
    const auto items = collection_->item_digests({ranges, 7, std::chrono::seconds(30)});
    EXPECT_TRUE(items.ok()) << items.error().message;
    std::vector<std::string> keys;
    for (const Item& item : *items) keys.push_back(item.key);
    return keys;
  }
  std::vector<std::string> keys(int from, int below) {
    std::vector<std::string> out;
    for (int i = from; i < below; ++i) out.push_back(subject_->key(i));
    return out;
  }
};

TEST_P(CollectionDigests, FollowTheStates) {
  fill(40);
  const std::vector<KeyRange> ranges = {
      {{}, subject_->key(10)}, range(10, 20), range(20, 30), {subject_->key(30), {}}};
  const auto before = digests(ranges);
  for (const RangeDigest& digest : before) {
    EXPECT_TRUE(digest.known);
    EXPECT_EQ(digest.items, 10);
  }
  put(15, "another");
  const auto after = digests(ranges);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(before[i].digest == after[i].digest, i != 1) << i;
  }
  put(15, "v15");
  EXPECT_EQ(digests(ranges)[1].digest, before[1].digest);
  EXPECT_NE(digests(ranges, 8)[1].digest, before[1].digest);
}

TEST_P(CollectionDigests, AStateIsBoundToItsKey) {
  put(1, "a");
  put(2, "b");
  const auto before = digests({{}});
  put(1, "b");
  put(2, "a");
  EXPECT_NE(digests({{}}).front().digest, before.front().digest);
}

TEST_P(CollectionDigests, AnotherCollectionSaysTheSame) {
  fill(5);
  const auto other = subject_->open();
  EXPECT_EQ(other->traits().digest, collection_->traits().digest);
  const auto answer = other->digests({{{}}, 7, std::chrono::seconds(30)});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->front().digest, digests({{}}).front().digest);
}

TEST_P(CollectionDigests, AnySetOfRanges) {
  fill(60);
  const std::vector<KeyRange> holes = {
      {{}, subject_->key(3)}, range(5, 6),   range(6, 9),
      range(20, 20),          range(30, 50), {subject_->key(55), {}}};
  const auto answer = digests(holes);
  const std::vector<std::int64_t> counts = {3, 1, 3, 0, 20, 5};
  for (std::size_t i = 0; i < holes.size(); ++i) EXPECT_EQ(answer[i].items, counts[i]) << i;
  std::vector<std::string> expected = keys(0, 3);
  for (const auto& more : {keys(5, 9), keys(30, 50), keys(55, 60)}) {
    expected.insert(expected.end(), more.begin(), more.end());
  }
  EXPECT_EQ(keys_in(holes), expected);
  EXPECT_TRUE(digests({}).empty());
}

// Many ranges with holes in a larger collection: another way through the target may be cheaper.
TEST_P(CollectionDigests, ManySmallRanges) {
  fill(900);
  std::vector<KeyRange> ranges;
  for (int i = 1; i < 890; i += 9) ranges.push_back(range(i, i + 2));
  for (const RangeDigest& digest : digests(ranges)) EXPECT_EQ(digest.items, 2);
  EXPECT_EQ(keys_in(ranges).size(), 2 * ranges.size());
}

TEST_P(CollectionDigests, EmptyCollection) {
  EXPECT_EQ(digests({{}}).front().items, 0);
  EXPECT_TRUE(keys_in({{}}).empty());
  const auto parts = collection_->split({{{}}, 8, 16, std::chrono::seconds(30)});
  ASSERT_TRUE(parts.ok()) << parts.error().message;
  EXPECT_TRUE(parts->front().empty());
}

TEST_P(CollectionDigests, PartsRiseWithinTheirRange) {
  fill(200);
  const std::vector<KeyRange> ranges = {range(10, 90), range(100, 103), range(110, 190)};
  const auto parts = collection_->split({ranges, 8, 16, std::chrono::seconds(30)});
  ASSERT_TRUE(parts.ok()) << parts.error().message;
  ASSERT_EQ(parts->size(), 3U);
  EXPECT_EQ(parts->at(0).size(), 9U);
  EXPECT_TRUE(parts->at(1).empty());
  const KeyOrder order = collection_->traits().order;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    std::string before = *ranges[i].from;
    for (const std::string& key : parts->at(i)) {
      EXPECT_TRUE(key_before(order, before, key) && key_before(order, key, *ranges[i].below));
      before = key;
    }
  }
  const auto whole = collection_->split({{{}}, 8, 16, std::chrono::seconds(30)});
  ASSERT_TRUE(whole.ok());
  EXPECT_LT(whole->front().size(), 16U);
  EXPECT_TRUE(
      std::is_sorted(whole->front().begin(), whole->front().end(),
                     [&](const auto& a, const auto& b) { return key_before(order, a, b); }));
}

TEST_P(CollectionDigests, AScanKeepsToItsRange) {
  fill(30);
  for (const auto& [within, expected] :
       {std::pair(range(5, 25), keys(5, 25)), std::pair(KeyRange{{}, subject_->key(4)}, keys(0, 4)),
        std::pair(KeyRange{subject_->key(28), {}}, keys(28, 30))}) {
    std::vector<std::string> found;
    ScanRequest request;
    request.range = within;
    request.max_items = 7;
    for (bool last = false; !last;) {
      const auto page = collection_->scan(request);
      ASSERT_TRUE(page.ok()) << page.error().message;
      for (const Item& item : page->items) found.push_back(item.key);
      request.cursor = page->cursor;
      last = page->last;
    }
    EXPECT_EQ(found, expected);
  }
}

TEST_P(CollectionDigests, ABoundThatNoKeyCanBeIsAnError) {
  fill(3);
  for (const std::string& key : subject_->hostile_keys()) {
    if (key.empty() || collection_->read({key}, std::chrono::seconds(30))->front().state.present())
      continue;
    const std::vector<KeyRange> ranges = {{{}, subject_->key(1)}, {key, {}}};
    const auto answer = collection_->digests({ranges, 7, std::chrono::seconds(30)});
    if (answer.ok()) continue;  // another target may take it as a bound
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalid) << answer.error().message;
    ScanRequest request;
    request.range = {key, {}};
    EXPECT_FALSE(collection_->scan(request).ok());
  }
  EXPECT_EQ(digests({{}}).front().items, 3);
}

TEST_P(CollectionDigests, PassedDeadlineIsAnError) {
  fill(3);
  EXPECT_FALSE(collection_->digests({{{}}, 7, Duration(0)}).ok());
  EXPECT_FALSE(collection_->item_digests({{{}}, 7, Duration(0)}).ok());
  EXPECT_FALSE(collection_->split({{{}}, 8, 16, Duration(0)}).ok());
}

INSTANTIATE_TEST_SUITE_P(All, CollectionDigests, testing::ValuesIn(digest_subjects()),
                         subject_name);

}  // namespace
}  // namespace sideband
