// The fixture of the suite: one subject, one Collection, and short words for what tests do to it.
#pragma once

#include <gtest/gtest.h>

#include "conformance/collection/subject.h"

namespace sideband {

class CollectionSuite : public testing::TestWithParam<SubjectFactory> {
 protected:
  CollectionSuite() : subject_(GetParam().make()) {
    if (subject_ != nullptr) collection_ = subject_->open();
  }
  void SetUp() override {
    if (subject_ == nullptr) GTEST_SKIP() << "SKIPPED: " << GetParam().name << " cannot run here";
  }

  // Changes on key `i` from bytes to bytes.
  Change update(int i, const std::string& found, const std::string& want) {
    return {subject_->key(i), ChangeOp::kUpdate, subject_->value(found), subject_->value(want)};
  }
  Change create(int i, const std::string& want) {
    return {subject_->key(i), ChangeOp::kCreate, State::absent(), subject_->value(want)};
  }
  Change erasure(int i, const std::string& found) {
    return {subject_->key(i), ChangeOp::kDelete, subject_->value(found), State::absent()};
  }
  void put(int i, const std::string& bytes) {
    subject_->put(subject_->key(i), subject_->value(bytes));
  }
  [[nodiscard]] State peek(int i) { return subject_->peek(subject_->key(i)); }
  [[nodiscard]] bool holds(int i, const std::string& bytes) {
    return peek(i).same_as(subject_->value(bytes));
  }

  Result<std::vector<ChangeOutcome>> try_apply(const std::vector<Change>& changes,
                                               std::uint64_t token = 1) {
    return collection_->apply({test_step(), token, changes, std::chrono::seconds(30)});
  }
  // The outcomes alone; a failed call ends the test.
  std::vector<Outcome> apply(const std::vector<Change>& changes, std::uint64_t token = 1);
  // All items, by pages of this size; checks the pages' promises on the way.
  Result<std::vector<Item>> scan_all(std::size_t page_size);
  Result<std::vector<Item>> scan_all(ScanRequest request);
  std::vector<Item> read(const std::vector<std::string>& keys);

  std::unique_ptr<Subject> subject_;
  std::unique_ptr<Collection> collection_;
};

inline std::string subject_name(const testing::TestParamInfo<SubjectFactory>& info) {
  return info.param.name;
}

}  // namespace sideband

#define SB_RUN_FOR_ALL_COLLECTIONS(suite) \
  INSTANTIATE_TEST_SUITE_P(All, suite, testing::ValuesIn(all_subjects()), subject_name)
