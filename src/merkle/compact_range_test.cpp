#include "merkle/compact_range.h"

#include "base/bytes.h"

namespace sideband {
namespace {

// Roots of the trees over the first n of these leaves; published test vectors of Certificate
// Transparency (RFC 6962 reference implementation).
TEST(CompactRange, PublishedRoots) {
  const std::vector<std::string> leaves = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CompactRange range;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    range.append(leaf_hash(*from_hex(leaves[i])));
    EXPECT_EQ(to_hex(range.root()), roots[i]) << i;
  }
  EXPECT_EQ(CompactRange(range.size(), range.hashes()).root(), range.root());
}

TEST(CompactRange, TellsOfTheSubtreesThatALeafCompletes) {
  CompactRange range;
  std::vector<TreeNode> made;
  std::vector<Digest> leaves;
  for (int i = 0; i < 16; ++i) {
    leaves.push_back(leaf_hash(std::to_string(i)));
    range.append(leaves.back(), 2, made);
  }
  ASSERT_EQ(made.size(), 4U + 2 + 1);
  for (const TreeNode& node : made) {
    CompactRange alone;
    for (std::size_t i = 0; i < std::size_t{1} << node.height; ++i) {
      alone.append(leaves.at((node.index << node.height) + i));
    }
    EXPECT_EQ(alone.root(), node.hash) << node.height << " " << node.index;
  }
}

}  // namespace
}  // namespace sideband
