#include "policy/merge_join.h"

#include "base/check.h"

namespace sideband {

JoinWants MergeJoin::wants() const {
  if (left_.items.empty() && !left_.ended) return JoinWants::kLeft;
  if (right_.items.empty() && !right_.ended) return JoinWants::kRight;
  return left_.items.empty() && right_.items.empty() ? JoinWants::kDone : JoinWants::kEmit;
}

Result<void> MergeJoin::feed(Side& side, std::vector<Item> items, bool last, const char* name) {
  for (Item& item : items) {
    if (side.last_key && !key_before(order_, *side.last_key, item.key)) {
      return Error::corrupt(std::string(name) + " side is not in key order: \"" + item.key +
                            "\" came after \"" + *side.last_key + '"');
    }
    side.last_key = item.key;
    side.items.push_back(std::move(item));
  }
  side.ended = last;
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
  JoinedItem out{{}, State::absent(), State::absent()};
  const bool take_left = !left_.items.empty() &&
                         (right_.items.empty() ||
                          !key_before(order_, right_.items.front().key, left_.items.front().key));
  const bool take_right = !right_.items.empty() &&
                          (left_.items.empty() ||
                           !key_before(order_, left_.items.front().key, right_.items.front().key));
  if (take_left) {
    out.key = left_.items.front().key;
    out.desired = std::move(left_.items.front().state);
    left_.items.pop_front();
  }
  if (take_right) {
    out.key = std::move(right_.items.front().key);
    out.actual = std::move(right_.items.front().state);
    right_.items.pop_front();
  }
  return out;
}

}  // namespace sideband
