#include "conformance/collection/fixture.h"

namespace sideband {

std::vector<Outcome> CollectionSuite::apply(const std::vector<Change>& changes,
                                            std::uint64_t token) {
  const auto outcomes = try_apply(changes, token);
  EXPECT_TRUE(outcomes.ok()) << outcomes.error().message;
  std::vector<Outcome> out;
  for (const ChangeOutcome& outcome : outcomes.value()) {
    out.push_back(outcome.outcome);
    const bool needs_reason =
        outcome.outcome != Outcome::kChanged && outcome.outcome != Outcome::kAlreadyThere;
    EXPECT_EQ(needs_reason, !outcome.detail.empty()) << outcome.detail;
  }
  return out;
}

Result<std::vector<Item>> CollectionSuite::scan_all(std::size_t page_size) {
  ScanRequest request;
  request.max_items = page_size;
  return scan_all(request);
}

Result<std::vector<Item>> CollectionSuite::scan_all(ScanRequest request) {
  std::vector<Item> items;
  for (;;) {
    SB_ASSIGN(ScanPage page, collection_->scan(request));
    if (subject_->pages_are_exact()) {
      EXPECT_LE(page.items.size(), request.max_items);
    }
    for (Item& item : page.items) {
      EXPECT_FALSE(item.state.absent_for_sure()) << item.key;
      items.push_back(std::move(item));
    }
    if (page.last) return items;
    request.cursor = page.cursor;
  }
}

std::vector<Item> CollectionSuite::read(const std::vector<std::string>& keys) {
  auto items = collection_->read(keys, std::chrono::seconds(30));
  EXPECT_TRUE(items.ok()) << items.error().message;
  return std::move(items).value();
}

}  // namespace sideband
