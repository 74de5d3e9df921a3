// Proofs of RFC 6962 section 2.1: that a leaf is in a tree, and that a tree extends another.
//
// A proof is a list of subtree roots. Which subtrees is told as ranges of leaves; each of them is
// joined from perfect subtrees, whose roots can be kept. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "merkle/compact_range.h"

namespace sideband {

// Leaves [low, high).
struct LeafRange {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const LeafRange&) const = default;
};

// The ranges whose roots prove that leaf `index` is in a tree of `size` leaves (index < size).
std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size);

// The ranges whose roots prove that a tree of `size` leaves extends its first `old_size`.
std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t size);

// The perfect subtrees that make up such a range, left to right; without their hashes.
std::vector<TreeNode> perfect_subtrees(const LeafRange& range);
// The root of a range, from the roots of its perfect subtrees.
Digest join_subtrees(const std::vector<Digest>& roots);

// RFC 9162 section 2.1.3.2.
bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> proof, const Digest& root);

// RFC 9162 section 2.1.4.2. An empty old tree is extended by every tree, with an empty proof.
bool verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size,
                        const Digest& root, std::span<const Digest> proof);

}  // namespace sideband
