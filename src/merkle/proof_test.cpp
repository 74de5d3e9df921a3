// Proofs against published vectors and for every pair of sizes up to 300.
#include "merkle/proof.h"

#include <map>

#include "base/bytes.h"

namespace sideband {
namespace {

// Leaves "0", "1", ... with memoised roots of ranges.
class Tree {
 public:
  Digest root(LeafRange range) {
    const auto [found, fresh] = roots_.try_emplace({range.low, range.high});
    if (fresh) {
      CompactRange tree;
      for (std::uint64_t i = range.low; i < range.high; ++i) tree.append(leaf(i));
      found->second = tree.root();
    }
    return found->second;
  }
  std::vector<Digest> prove(const std::vector<LeafRange>& ranges) {
    std::vector<Digest> proof;
    for (const LeafRange& range : ranges) proof.push_back(root(range));
    return proof;
  }
  static Digest leaf(std::uint64_t i) { return leaf_hash(std::to_string(i)); }

 private:
  std::map<std::pair<std::uint64_t, std::uint64_t>, Digest> roots_;
};

TEST(Proof, InclusionHoldsForAllLeavesOfAllTreesUpTo300) {
  Tree tree;
  for (std::uint64_t size = 1; size <= 300; ++size) {
    const Digest root = tree.root({0, size});
    for (std::uint64_t i = 0; i < size; ++i) {
      auto proof = tree.prove(inclusion_ranges(i, size));
      ASSERT_TRUE(verify_inclusion(Tree::leaf(i), i, size, proof, root)) << i << " " << size;
      ASSERT_FALSE(verify_inclusion(Tree::leaf(i + 1), i, size, proof, root));
      proof.push_back(root);
      ASSERT_FALSE(verify_inclusion(Tree::leaf(i), i, size, proof, root));
    }
  }
}

TEST(Proof, RangesAreJoinedFromPerfectSubtrees) {
  Tree tree;
  for (std::uint64_t size = 1; size <= 300; ++size) {
    for (std::uint64_t i = 0; i < size; i += 7) {
      for (const LeafRange& range : inclusion_ranges(i, size)) {
        std::vector<Digest> roots;
        for (const TreeNode& node : perfect_subtrees(range)) {
          const std::uint64_t low = node.index << node.height;
          roots.push_back(tree.root({low, low + (std::uint64_t{1} << node.height)}));
        }
        ASSERT_EQ(join_subtrees(roots), tree.root(range)) << range.low << " " << range.high;
      }
    }
  }
}

TEST(Proof, ConsistencyHoldsForAllPairsUpTo300) {
  Tree tree;
  for (std::uint64_t size = 0; size <= 300; ++size) {
    for (std::uint64_t old = 0; old <= size; ++old) {
      const Digest old_root = tree.root({0, old}), root = tree.root({0, size});
      auto proof = tree.prove(consistency_ranges(old, size));
      ASSERT_TRUE(verify_consistency(old, old_root, size, root, proof)) << old << " " << size;
      if (old > 0 && old < size) {
        ASSERT_FALSE(verify_consistency(old, tree.root({0, old - 1}), size, root, proof));
        ASSERT_FALSE(verify_consistency(old, old_root, size, tree.root({0, size + 1}), proof));
      }
      proof.push_back(root);
      ASSERT_FALSE(verify_consistency(old, old_root, size, root, proof));
    }
  }
}

// Proofs over the eight leaves of the RFC 6962 reference implementation's tests.
TEST(Proof, PublishedVectors) {
  const std::vector<std::string> leaves = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
  const auto prove = [&](const std::vector<LeafRange>& ranges, std::size_t size) {
    std::vector<std::string> proof;
    for (const LeafRange& range : ranges) {
      EXPECT_LE(range.high, size);
      CompactRange tree;
      for (auto i = range.low; i < range.high; ++i) tree.append(leaf_hash(*from_hex(leaves.at(i))));
      proof.push_back(to_hex(tree.root()));
    }
    return proof;
  };
  EXPECT_EQ(prove(inclusion_ranges(5, 8), 8),
            (std::vector<std::string>{
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(prove(consistency_ranges(6, 8), 8),
            (std::vector<std::string>{
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_TRUE(prove(inclusion_ranges(0, 1), 1).empty());
}

}  // namespace
}  // namespace sideband
