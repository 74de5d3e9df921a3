#include "policy/merge_join.h"

#include "base/check.h"

namespace sideband {

JoinWants MergeJoin::wants() const {
  if (left_.empty() && !left_.ended) return JoinWants::kLeft;
  if (right_.empty() && !right_.ended) return JoinWants::kRight;
  return left_.empty() && right_.empty() ? JoinWants::kDone : JoinWants::kEmit;
}

Result<void> MergeJoin::feed(Side& side, std::vector<Item> items, bool last, const char* name) {
  const std::string* before = side.last_key ? &*side.last_key : nullptr;
  for (const Item& item : items) {
    if (before != nullptr && !key_before(order_, *before, item.key)) {
      return Error::corrupt(std::string(name) + " side is not in key order: \"" + item.key +
                            "\" came after \"" + *before + '"');
    }
    before = &item.key;
  }
  SB_CHECK(side.empty());
  if (before != nullptr) side.last_key = std::string(*before);
  side.ended = last;
  side.items = std::move(items);
  side.next = 0;
  return {};
}

Result<void> MergeJoin::feed_left(std::vector<Item> items, bool last) {
  return feed(left_, std::move(items), last, "desired");
}

Result<void> MergeJoin::feed_right(std::vector<Item> items, bool last) {
  return feed(right_, std::move(items), last, "actual");
}

JoinedItem MergeJoin::emit() {
  SB_CHECK(wants() == JoinWants::kEmit);
  const bool both = !left_.empty() && !right_.empty();
  const bool same = both && left_.key() == right_.key();
  const bool take_left =
      same || right_.empty() || (both && key_before(order_, left_.key(), right_.key()));
  JoinedItem out{{}, State::absent(), State::absent()};
  if (take_left) {
    Item& item = left_.items[left_.next++];
    out.key = std::move(item.key);
    out.desired = std::move(item.state);
  }
  if (same || !take_left) {
    Item& item = right_.items[right_.next++];
    out.key = std::move(item.key);
    out.actual = std::move(item.state);
  }
  return out;
}

}  // namespace sideband
