// Proofs as questions: right ones hold, each change of one does not.
#include "audit/verify/proof_question.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "base/jcs.h"
#include "merkle/proof.h"

namespace sideband {
namespace {

constexpr std::string_view kNothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
constexpr std::string_view kAnyLeaf = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=";

// "holds", "does not hold", or "no question".
std::string said(const std::string& json) {
  const auto answer = answer_proof(json);
  if (answer.ok()) return "holds";
  return answer.error().code == ErrorCode::kCorrupt ? "does not hold" : "no question";
}

Digest leaf(std::uint64_t index) {
  return leaf_hash(std::to_string(index));
}

Digest root_of(const LeafRange& range) {
  CompactRange tree;
  for (std::uint64_t i = range.low; i < range.high; ++i) tree.append(leaf(i));
  return tree.root();
}

using Hashes = std::vector<Digest>;

Hashes roots_of(const std::vector<LeafRange>& ranges) {
  Hashes out;
  std::transform(ranges.begin(), ranges.end(), std::back_inserter(out), root_of);
  return out;
}

std::string encoded(const Digest& hash) {
  return to_base64(as_bytes(hash));
}

std::string list_of(const Hashes& hashes) {
  std::vector<std::string> texts;
  std::transform(hashes.begin(), hashes.end(), std::back_inserter(texts), encoded);
  return json_strings(texts);
}

struct Inclusion {
  std::uint64_t index = 0, size = 0;
  Digest hash{};
  Hashes proof;
  Digest root{};
  [[nodiscard]] std::string json() const {
    return JsonObject()
        .add("kind", "inclusion")
        .add("leafIndex", index)
        .add("treeSize", size)
        .add("leafHash", encoded(hash))
        .add_json("proof", list_of(proof))
        .add("root", encoded(root))
        .text();
  }
};

struct Consistency {
  std::uint64_t old_size = 0, size = 0;
  Digest old_root{}, root{};
  Hashes proof;
  [[nodiscard]] std::string json() const {
    return JsonObject()
        .add("kind", "consistency")
        .add("size1", old_size)
        .add("size2", size)
        .add("root1", encoded(old_root))
        .add("root2", encoded(root))
        .add_json("proof", list_of(proof))
        .text();
  }
};

// Each way in which a list of hashes is changed a little.
std::vector<Hashes> changed(const Hashes& proof, const Hashes& others) {
  std::vector<Hashes> out;
  for (std::size_t i = 0; i < proof.size(); ++i) {
    Hashes one = proof;
    one[i][4] ^= 16;
    out.push_back(one);
    one = proof;
    one.erase(one.begin() + static_cast<std::ptrdiff_t>(i));
    out.push_back(one);
  }
  for (const Digest& other : others) {
    Hashes one = proof;
    one.push_back(other);
    out.push_back(one);
    one = proof;
    one.insert(one.begin(), other);
    out.push_back(one);
  }
  return out;
}

TEST(ProofQuestion, T7_InclusionHoldsAndNoChangeOfIt) {
  for (const std::uint64_t size : {1, 2, 3, 7, 8, 9, 50, 64}) {
    const Digest root = root_of({0, size});
    for (std::uint64_t index = 0; index < size; index += 1 + index / 3) {
      const Inclusion good{index, size, leaf(index), roots_of(inclusion_ranges(index, size)), root};
      ASSERT_EQ(said(good.json()), "holds") << index << " of " << size;
      Inclusion bad = good;
      for (const Hashes& proof : changed(good.proof, {root, leaf(index), leaf(99)})) {
        bad.proof = proof;
        EXPECT_EQ(said(bad.json()), "does not hold") << bad.json();
      }
      bad = good;
      bad.index = index + size;
      EXPECT_EQ(said(bad.json()), "does not hold");
      bad = good;
      bad.hash = leaf(99);
      EXPECT_EQ(said(bad.json()), "does not hold");
      bad = good;
      bad.root = leaf(99);
      EXPECT_EQ(said(bad.json()), "does not hold");
    }
  }
}

TEST(ProofQuestion, T7_ConsistencyHoldsAndNoChangeOfIt) {
  for (const std::uint64_t size : {2, 3, 7, 8, 9, 50, 64}) {
    for (std::uint64_t old_size = 1; old_size < size; old_size += 1 + old_size / 3) {
      const Consistency good{old_size, size, root_of({0, old_size}), root_of({0, size}),
                             roots_of(consistency_ranges(old_size, size))};
      ASSERT_EQ(said(good.json()), "holds") << old_size << " to " << size;
      Consistency bad = good;
      for (const Hashes& proof : changed(good.proof, {good.root, good.old_root, leaf(99)})) {
        bad.proof = proof;
        EXPECT_EQ(said(bad.json()), "does not hold") << bad.json();
      }
      bad = good;
      std::swap(bad.root, bad.old_root);
      EXPECT_EQ(said(bad.json()), "does not hold");
      bad = good;
      std::swap(bad.size, bad.old_size);
      EXPECT_EQ(said(bad.json()), "does not hold");
      bad = good;
      bad.old_root[4] ^= 16;
      EXPECT_EQ(said(bad.json()), "does not hold");
    }
  }
}

// The edges of the vectors that transparency-dev/merkle publishes (testdata/, Apache-2.0).
TEST(ProofQuestion, PublishedEdges) {
  const auto consistency = [](const std::string& sizes, std::string_view root1,
                              std::string_view root2, const std::string& proof) {
    return said(R"({"kind":"consistency",)" + sizes + R"(,"root1":")" + std::string(root1) +
                R"(","root2":")" + std::string(root2) + R"(","proof":)" + proof +
                R"(,"desc":"any","wantErr":true})");
  };
  const std::string nothing_listed = "[\"" + std::string(kNothing) + "\"]";
  const std::string none = R"("size1":0,"size2":0)", first = R"("size1":0,"size2":1)",
                    one = R"("size1":1,"size2":1)", back = R"("size1":2,"size2":1)";
  EXPECT_EQ(consistency(one, kAnyLeaf, kAnyLeaf, "null"), "holds");
  EXPECT_EQ(consistency(one, kAnyLeaf, kAnyLeaf, "[]"), "holds");
  EXPECT_EQ(consistency(none, "ZG9uJ3QgY2FyZSAx", "ZG9uJ3QgY2FyZSAx", "[]"), "holds");
  EXPECT_EQ(consistency(none, "ZG9uJ3QgY2FyZSAx", "ZG9uJ3QgY2FyZSAy", "[]"), "does not hold");
  EXPECT_EQ(consistency(one, kAnyLeaf, kNothing, "[]"), "does not hold");
  EXPECT_EQ(consistency(one, kNothing, kNothing, nothing_listed), "does not hold");
  EXPECT_EQ(consistency(first, kNothing, kNothing, nothing_listed), "does not hold");
  EXPECT_EQ(consistency(first, kNothing, kAnyLeaf, "[]"), "does not hold");
  EXPECT_EQ(consistency(first, "ZG9uJ3QgY2FyZSAx", "ZG9uJ3QgY2FyZSAy", "[]"), "does not hold");
  EXPECT_EQ(consistency(back, kAnyLeaf, kAnyLeaf, nothing_listed), "does not hold");
  EXPECT_EQ(said(R"({"kind":"inclusion","leafIndex":0,"treeSize":0,"root":")" +
                 std::string(kNothing) + R"(","leafHash":"","proof":[]})"),
            "does not hold");
}

TEST(ProofQuestion, NumbersAndHashesThatNoProofHas) {
  const auto inclusion = [](const std::string& index, const std::string& hash) {
    return said(R"({"kind":"inclusion","leafIndex":)" + index + R"(,"treeSize":1,"root":")" +
                std::string(kAnyLeaf) + R"(","leafHash":")" + hash + R"(","proof":[]})");
  };
  EXPECT_EQ(inclusion("0", std::string(kAnyLeaf)), "holds");
  for (const char* index :
       {"-1", "0.5", "1", "18446744073709551615", "18446744073709551616", "1e3"}) {
    EXPECT_EQ(inclusion(index, std::string(kAnyLeaf)), "does not hold") << index;
  }
  for (const char* hash : {"", "?", "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0", "AA=="}) {
    EXPECT_EQ(inclusion("0", hash), "does not hold") << hash;
  }
}

TEST(ProofQuestion, WhatIsNone) {
  for (const char* json :
       {"", "{", "[]", "7", "{}", R"({"kind":"exclusion"})", R"({"kind":7})",
        R"({"kind":"inclusion"})", R"({"kind":"consistency","size1":1})",
        R"({"kind":"inclusion","leafIndex":"0","treeSize":1,"leafHash":"","proof":[],"root":""})",
        R"({"kind":"consistency","size1":1,"size2":2,"root1":"","root2":"","proof":[7]})",
        R"({"kind":"consistency","size1":1,"size2":2,"root1":"","root2":"","proof":{}})",
        R"({"kind":"consistency","size1":1,"size2":2,"root1":"","root2":""})"}) {
    EXPECT_EQ(said(json), "no question") << json;
  }
}

}  // namespace
}  // namespace sideband
