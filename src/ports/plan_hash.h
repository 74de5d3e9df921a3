// The hash of a plan: what approvals bind to. The Merkle root over the canonical JSON of its
// changes in plan order, so it does not depend on chunking, ids or times.
#pragma once

#include <string>

#include "merkle/compact_range.h"
#include "model/change.h"

namespace sideband {

// Takes the changes one by one, in O(log n) memory. A value; not thread-safe.
class PlanHasher {
 public:
  static Digest leaf_of(const Change& change) { return leaf_hash(change_json(change)); }
  void add(const Change& change) { add(leaf_of(change)); }
  void add(const Digest& leaf) { tree_.append(leaf); }
  // Of the changes added so far.
  [[nodiscard]] std::string hex() const { return to_hex(tree_.root()); }

 private:
  CompactRange tree_;
};

}  // namespace sideband
