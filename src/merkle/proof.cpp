#include "merkle/proof.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace sideband {
namespace {

// The largest power of two smaller than n.
std::uint64_t split(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

// SUBPROOF of RFC 6962 2.1.2 over leaves [low, high); `whole` while the old tree's root is known.
void subproof(std::uint64_t old_high, LeafRange tree, bool whole, std::vector<LeafRange>& out) {
  if (old_high == tree.high) {
    if (!whole) out.push_back(tree);
    return;
  }
  const std::uint64_t middle = tree.low + split(tree.high - tree.low);
  if (old_high <= middle) {
    subproof(old_high, {tree.low, middle}, whole, out);
    out.push_back({middle, tree.high});
  } else {
    subproof(old_high, {middle, tree.high}, false, out);
    out.push_back({tree.low, middle});
  }
}

}  // namespace

std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
  SB_CHECK(index < size);
  std::vector<LeafRange> ranges;
  LeafRange tree{0, size};
  while (tree.high - tree.low > 1) {
    const std::uint64_t middle = tree.low + split(tree.high - tree.low);
    const bool left = index < middle;
    ranges.push_back(left ? LeafRange{middle, tree.high} : LeafRange{tree.low, middle});
    tree = left ? LeafRange{tree.low, middle} : LeafRange{middle, tree.high};
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t size) {
  SB_CHECK(old_size <= size);
  std::vector<LeafRange> ranges;
  if (old_size > 0) subproof(old_size, {0, size}, true, ranges);
  return ranges;
}

std::vector<TreeNode> perfect_subtrees(const LeafRange& range) {
  std::vector<TreeNode> nodes;
  for (std::uint64_t low = range.low; low < range.high;) {
    const std::uint64_t leaves = std::bit_floor(range.high - low);
    const int height = std::countr_zero(leaves);
    SB_CHECK(low % leaves == 0);
    nodes.push_back({height, low >> height, {}});
    low += leaves;
  }
  return nodes;
}

Digest join_subtrees(const std::vector<Digest>& roots) {
  SB_CHECK(!roots.empty());
  Digest root = roots.back();
  for (std::size_t i = roots.size() - 1; i > 0; --i) root = node_hash(roots[i - 1], root);
  return root;
}

bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  std::uint64_t node = index, last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      while ((node & 1U) == 0 && node != 0) node >>= 1U, last >>= 1U;
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && hash == root;
}

bool verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size,
                        const Digest& root, std::span<const Digest> proof) {
  if (old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (old_size == 0) return proof.empty() && old_root == CompactRange().root();
  std::vector<Digest> path(proof.begin(), proof.end());
  if (std::has_single_bit(old_size)) path.insert(path.begin(), old_root);
  if (path.empty()) return false;
  std::uint64_t node = old_size - 1, last = size - 1;
  while ((node & 1U) != 0) node >>= 1U, last >>= 1U;
  Digest old_hash = path.front(), hash = path.front();
  for (const Digest& sibling : std::span(path).subspan(1)) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      old_hash = node_hash(sibling, old_hash);
      hash = node_hash(sibling, hash);
      while ((node & 1U) == 0 && node != 0) node >>= 1U, last >>= 1U;
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && old_hash == old_root && hash == root;
}

}  // namespace sideband
