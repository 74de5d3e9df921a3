// The Merkle tree of RFC 6962 section 2.1, grown from its right edge.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/sha256.h"

namespace sideband {

Digest leaf_hash(std::string_view leaf);                    // SHA-256(0x00 || leaf)
Digest node_hash(const Digest& left, const Digest& right);  // SHA-256(0x01 || l || r)

// The roots of the perfect subtrees that make up a tree of `size` leaves, left to right: all that
// is needed to append and to tell the root, in O(log size) memory. A value; not thread-safe.
class CompactRange {
 public:
  CompactRange() = default;
  // From a stored size and its hashes; their number must fit the size (one for each set bit).
  CompactRange(std::uint64_t size, std::vector<Digest> hashes);

  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::vector<Digest>& hashes() const { return hashes_; }
  // The root; of an empty tree SHA-256 of nothing.
  [[nodiscard]] Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> hashes_;
};

}  // namespace sideband
