// Joins two streams of items that come in the same key order. A pure machine: it asks for a page of
// one side, or emits pairs; it does no I/O and keeps at most one page of each side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/key_order.h"
#include "model/state.h"

namespace sideband {

struct JoinedItem {
  std::string key;
  State desired;  // absent when only the actual side has it
  State actual;   // absent when only the desired side has it
};

enum class JoinWants : std::uint8_t { kLeft, kRight, kEmit, kDone };

class MergeJoin {
 public:
  explicit MergeJoin(KeyOrder order) : order_(std::move(order)) {}

  [[nodiscard]] JoinWants wants() const;
  // A page of the desired (left) or actual (right) side, when it is wanted. kCorrupt when its keys
  // are not in strictly rising order: an order that lies would turn into missing and extra items.
  Result<void> feed_left(std::vector<Item> items, bool last);
  Result<void> feed_right(std::vector<Item> items, bool last);
  // The next item, when wants() is kEmit.
  JoinedItem emit();

 private:
  struct Side {
    std::vector<Item> items;
    std::size_t next = 0;
    std::optional<std::string> last_key;  // of what was fed before `items`
    bool ended = false;

    [[nodiscard]] bool empty() const { return next == items.size(); }
    [[nodiscard]] const std::string& key() const { return items[next].key; }
  };
  Result<void> feed(Side& side, std::vector<Item> items, bool last, const char* name);

  KeyOrder order_;
  Side left_;
  Side right_;
};

}  // namespace sideband
