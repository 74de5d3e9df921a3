// What scan and read promise.
#include <algorithm>
#include <set>

#include "conformance/collection/fixture.h"

namespace sideband {
namespace {

class CollectionReads : public CollectionSuite {
 protected:
  void put_many(int count) {
    for (int i = 0; i < count; ++i) put(i, "v" + std::to_string(i));
  }
};

void sort_if_unordered(std::vector<Item>& items, const KeyOrder& order) {
  if (order != KeyOrder::kNone) return;
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.key < b.key; });
}

TEST_P(CollectionReads, ScanYieldsEverythingOnceInOrderByPagesOfAnySize) {
  put_many(57);
  for (const std::size_t page_size : {1, 7, 57, 1000}) {
    auto items = scan_all(page_size);
    ASSERT_TRUE(items.ok()) << items.error().message;
    sort_if_unordered(*items, collection_->traits().order);
    ASSERT_EQ(items->size(), 57U);
    for (int i = 0; i < 57; ++i) {
      const Item& item = items->at(static_cast<std::size_t>(i));
      EXPECT_EQ(item.key, subject_->key(i));
      EXPECT_TRUE(item.state.same_as(subject_->value("v" + std::to_string(i))));
    }
  }
}

TEST_P(CollectionReads, ScanKeysRiseAsTheTraitsSay) {
  put_many(120);
  const auto items = scan_all(11);
  ASSERT_TRUE(items.ok());
  const KeyOrder order = collection_->traits().order;
  if (order == KeyOrder::kNone) GTEST_SKIP() << "declares no order";
  for (std::size_t i = 1; i < items->size(); ++i) {
    EXPECT_TRUE(key_before(order, items->at(i - 1).key, items->at(i).key));
  }
}

TEST_P(CollectionReads, KeysAloneAreAllKeys) {
  put_many(57);
  for (const std::size_t page_size : {1, 7, 1000}) {
    ScanRequest request;
    request.max_items = page_size;
    request.keys_only = true;
    auto items = scan_all(request);
    ASSERT_TRUE(items.ok()) << items.error().message;
    std::set<std::string> keys;
    for (const Item& item : *items) keys.insert(item.key);
    EXPECT_EQ(keys.size(), 57U);
    for (int i = 0; i < 57; ++i) EXPECT_TRUE(keys.contains(subject_->key(i))) << i;
  }
}

TEST_P(CollectionReads, RawStatesAreEqualWhereStatesAre) {
  if (collection_->traits().raw.empty()) GTEST_SKIP() << "declares no raw states";
  const auto other = subject_->open();
  EXPECT_EQ(other->traits().raw, collection_->traits().raw);
  put_many(30);
  ScanRequest request;
  request.max_items = 7;
  request.raw = true;
  const auto before = scan_all(request);
  put(11, "another");
  const auto after = scan_all(request);
  ASSERT_TRUE(before.ok() && after.ok());
  ASSERT_EQ(before->size(), 30U);
  ASSERT_EQ(after->size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(before->at(i).key, after->at(i).key);
    EXPECT_EQ(before->at(i).state.same_as(after->at(i).state),
              after->at(i).key != subject_->key(11));
  }
}

TEST_P(CollectionReads, EmptyCollectionEndsAtOnce) {
  const auto items = scan_all(10);
  ASSERT_TRUE(items.ok()) << items.error().message;
  EXPECT_TRUE(items->empty());
}

TEST_P(CollectionReads, ScanResumesInAnotherProcess) {
  put_many(20);
  ScanRequest request;
  request.max_items = 5;
  const auto first = collection_->scan(request);
  ASSERT_TRUE(first.ok() && !first->last);
  request.cursor = first->cursor;
  request.max_items = 100;
  const auto rest = subject_->open()->scan(request);
  ASSERT_TRUE(rest.ok()) << rest.error().message;
  EXPECT_EQ(first->items.size() + rest->items.size(), 20U);
}

TEST_P(CollectionReads, PagesKeepToTheirBytes) {
  for (int i = 0; i < 8; ++i) put(i, std::string(10'000, 'x'));
  ScanRequest request;
  request.max_bytes = 25'000;
  const auto page = collection_->scan(request);
  ASSERT_TRUE(page.ok());
  if (subject_->pages_are_exact()) {
    EXPECT_LE(page->items.size(), 4U);
  }
  EXPECT_GE(page->items.size(), 1U);
}

TEST_P(CollectionReads, ReadAnswersInTheOrderAskedAndKnowsAbsence) {
  put_many(5);
  const std::vector<std::string> keys = {subject_->key(3), subject_->key(99), subject_->key(0),
                                         subject_->key(3)};
  const auto items = read(keys);
  ASSERT_EQ(items.size(), 4U);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(items[i].key, keys[i]);
  EXPECT_TRUE(items[0].state.same_as(subject_->value("v3")));
  EXPECT_TRUE(items[1].state.absent_for_sure());
  EXPECT_TRUE(items[2].state.same_as(subject_->value("v0")));
  EXPECT_TRUE(items[3].state.same_as(subject_->value("v3")));
}

TEST_P(CollectionReads, ReadManyKeys) {
  put_many(50);
  std::vector<std::string> keys;
  for (int i = 0; i < 3000; ++i) keys.push_back(subject_->key(i));
  const auto items = read(keys);
  ASSERT_EQ(items.size(), 3000U);
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i].state.present(), i < 50) << i;
  }
}

TEST_P(CollectionReads, ReadOfNothingIsNothing) {
  EXPECT_TRUE(read({}).empty());
}

TEST_P(CollectionReads, BinaryAndEmptyValuesComeBackAsTheyAre) {
  const std::string binary("\0\xff\r\n$-1\xc3\x28", 9);
  put(0, "");
  put(1, binary);
  const auto items = read({subject_->key(0), subject_->key(1)});
  EXPECT_TRUE(items.at(0).state.same_as(subject_->value("")));
  EXPECT_TRUE(items.at(1).state.same_as(subject_->value(binary)));
}

TEST_P(CollectionReads, WhatCannotBeToldIsUnknownWithAReason) {
  put_many(3);
  if (!subject_->damage(subject_->key(1))) GTEST_SKIP() << "every state can be told";
  const auto items = read({subject_->key(0), subject_->key(1), subject_->key(2)});
  EXPECT_TRUE(items.at(0).state.present());
  EXPECT_FALSE(items.at(1).state.known());
  EXPECT_FALSE(items.at(1).state.why.empty());
  EXPECT_TRUE(items.at(2).state.present());
  const auto scanned = scan_all(10);
  ASSERT_TRUE(scanned.ok());
  EXPECT_EQ(scanned->size(), 3U) << "an unknown item is still an item";
}

TEST_P(CollectionReads, ScanCutOffIsAnErrorNotAShortPage) {
  put_many(30);
  if (!subject_->break_scan()) GTEST_SKIP() << "a scan cannot be broken here";
  EXPECT_FALSE(scan_all(4).ok());
}

TEST_P(CollectionReads, PassedDeadlineIsATimeout) {
  put_many(3);
  ScanRequest request;
  request.timeout = Duration(0);
  const auto page = collection_->scan(request);
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(page.error().effect, Effect::kNone);
  const auto items = collection_->read({subject_->key(0)}, Duration(0));
  ASSERT_FALSE(items.ok());
  EXPECT_EQ(items.error().code, ErrorCode::kTimeout);
}

TEST_P(CollectionReads, HostileKeysAreNeverPresent) {
  for (const std::string& key : subject_->hostile_keys()) {
    const auto items = read({key});
    EXPECT_FALSE(items.at(0).state.present()) << key;
  }
}

SB_RUN_FOR_ALL_COLLECTIONS(CollectionReads);

}  // namespace
}  // namespace sideband
