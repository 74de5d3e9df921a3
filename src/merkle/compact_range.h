// The Merkle tree of RFC 6962 section 2.1, grown from its right edge.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/sha256.h"

namespace sideband {

Digest leaf_hash(std::string_view leaf);                    // SHA-256(0x00 || leaf)
Digest node_hash(const Digest& left, const Digest& right);  // SHA-256(0x01 || l || r)

// The root of the 2^height leaves that begin at index << height.
struct TreeNode {
  int height = 0;
  std::uint64_t index = 0;
  Digest hash{};
};

// The roots of the perfect subtrees that make up a tree of `size` leaves, left to right: all that
// is needed to append and to tell the root, in O(log size) memory. A value; not thread-safe.
class CompactRange {
 public:
  CompactRange() = default;
  // From a stored size and its hashes; their number must fit the size (one for each set bit).
  CompactRange(std::uint64_t size, std::vector<Digest> hashes);

  void append(const Digest& leaf);
  // The same, and adds to `made` the nodes from `lowest` up that this leaf completes.
  void append(const Digest& leaf, int lowest, std::vector<TreeNode>& made);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::vector<Digest>& hashes() const { return hashes_; }
  // The root; of an empty tree SHA-256 of nothing.
  [[nodiscard]] Digest root() const;

 private:
  // Calls each(height) for each subtree that the leaf completes, whose root is the last hash then.
  template <class Each>
  void grow(const Digest& leaf, Each&& each);

  std::uint64_t size_ = 0;
  std::vector<Digest> hashes_;
};

}  // namespace sideband
