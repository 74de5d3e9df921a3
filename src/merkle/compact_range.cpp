#include "merkle/compact_range.h"

#include <bit>

#include "base/check.h"

namespace sideband {

Digest leaf_hash(std::string_view leaf) {
  return sha256({std::string_view("\0", 1), leaf});
}

Digest node_hash(const Digest& left, const Digest& right) {
  return sha256({"\x01", as_bytes(left), as_bytes(right)});
}

CompactRange::CompactRange(std::uint64_t size, std::vector<Digest> hashes)
    : size_(size), hashes_(std::move(hashes)) {
  SB_CHECK(static_cast<std::size_t>(std::popcount(size_)) == hashes_.size());
}

template <class Each>
void CompactRange::grow(const Digest& leaf, Each&& each) {
  hashes_.push_back(leaf);
  int height = 0;
  for (std::uint64_t rest = size_; (rest & 1U) != 0; rest >>= 1U) {
    const Digest right = hashes_.back();
    hashes_.pop_back();
    hashes_.back() = node_hash(hashes_.back(), right);
    each(++height);
  }
  ++size_;
}

void CompactRange::append(const Digest& leaf) {
  grow(leaf, [](int /*height*/) {});
}

void CompactRange::append(const Digest& leaf, int lowest, std::vector<TreeNode>& made) {
  grow(leaf, [&](int height) {
    if (height >= lowest) made.push_back({height, size_ >> height, hashes_.back()});
  });
}

Digest CompactRange::root() const {
  if (hashes_.empty()) return sha256("");
  Digest root = hashes_.back();
  for (std::size_t i = hashes_.size() - 1; i > 0; --i) root = node_hash(hashes_[i - 1], root);
  return root;
}

}  // namespace sideband
