#include "audit/prove_leaf.h"

#include <optional>
#include <vector>

#include "audit/stored_leaves.h"
#include "base/bytes.h"
#include "merkle/proof.h"

namespace sideband {
namespace {

// Nodes that are stored in one transaction.
constexpr std::size_t kNodesAtOnce = 1000;

// The third line of a checkpoint. https://c2sp.org/tlog-checkpoint
Result<std::string> signed_root(const std::string& note) {
  const std::size_t origin = note.find('\n');
  const std::size_t begin = origin == std::string::npos ? origin : note.find('\n', origin + 1);
  if (begin == std::string::npos) return Error::corrupt("the last checkpoint has no root");
  return from_base64(note.substr(begin + 1, note.find('\n', begin + 1) - begin - 1));
}

// What one proof needs, within one read of the store.
class Subtrees {
 public:
  explicit Subtrees(StoreReader& reader) : reader_(reader) {}

  // Nothing where a stored node is missing.
  Result<std::optional<Digest>> root(const LeafRange& range) {
    std::vector<Digest> roots;
    for (const TreeNode& node : perfect_subtrees(range)) {
      SB_ASSIGN(const auto hash, hash_of(node));
      if (!hash) return std::optional<Digest>();
      roots.push_back(*hash);
    }
    return std::optional(join_subtrees(roots));
  }

 private:
  Result<std::optional<Digest>> hash_of(const TreeNode& node) {
    if (node.height >= kStoredHeight) return reader_.audit_node(node.height, node.index);
    const auto first = static_cast<std::int64_t>(node.index << node.height);
    const auto count = std::int64_t{1} << node.height;
    SB_ASSIGN(const auto leaves, reader_.audit_leaves(first, count));
    CompactRange tree;
    for (const AuditLeaf& leaf : leaves) tree.append(leaf_hash(leaf.record));
    const bool all = std::ssize(leaves) == count && leaves.back().index == first + count - 1;
    if (!all) return Error::corrupt("an audit leaf is missing behind " + std::to_string(first));
    return std::optional(tree.root());
  }

  StoreReader& reader_;
};

struct Path {
  std::string record;
  std::vector<Digest> hashes;
};

// Nothing where a stored node is missing.
Result<std::optional<Path>> read_path(StoreReader& reader, std::uint64_t index,
                                      std::uint64_t size) {
  SB_ASSIGN(const auto leaf, reader.audit_leaves(static_cast<std::int64_t>(index), 1));
  if (leaf.empty() || leaf.front().index != static_cast<std::int64_t>(index)) {
    return Error::corrupt("audit leaf " + std::to_string(index) + " is missing in the store");
  }
  Path path{leaf.front().record, {}};
  Subtrees subtrees(reader);
  for (const LeafRange& range : inclusion_ranges(index, size)) {
    SB_ASSIGN(const auto hash, subtrees.root(range));
    if (!hash) return std::optional<Path>();
    path.hashes.push_back(*hash);
  }
  return std::optional(std::move(path));
}

Result<std::optional<Path>> find_path(Store& store, std::uint64_t index, std::uint64_t size) {
  std::optional<Path> path;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(path, read_path(reader, index, size));
    return {};
  }));
  return path;
}

Result<void> put_nodes(Store& store, std::vector<TreeNode>& nodes) {
  SB_TRY(store.run(Lane::kBulk, [nodes](StoreTx& tx) { return tx.put_audit_nodes(nodes); }));
  nodes.clear();
  return {};
}

// Of a log that was written by a build that stored none.
Result<void> make_nodes(Store& store, std::int64_t size) {
  CompactRange tree;
  std::vector<TreeNode> nodes;
  SB_TRY(for_each_leaf(store, size, [&](const AuditLeaf& leaf) -> Result<void> {
    tree.append(leaf_hash(leaf.record), kStoredHeight, nodes);
    return nodes.size() < kNodesAtOnce ? Result<void>() : put_nodes(store, nodes);
  }));
  return put_nodes(store, nodes);
}

}  // namespace

Result<std::optional<bool>> leads_to(Store& store, std::uint64_t index, const CompactRange& head) {
  SB_ASSIGN(const auto path, find_path(store, index, head.size()));
  if (!path) return std::optional<bool>();
  const Digest leaf = leaf_hash(path->record);
  return std::optional(verify_inclusion(leaf, index, head.size(), path->hashes, head.root()));
}

Result<LeafProof> prove_leaf(Store& store, std::int64_t index) {
  SB_ASSIGN(const CheckpointRow checkpoint, last_checkpoint(store));
  if (index < 0 || index >= checkpoint.size) {
    return Error::not_found("leaf " + std::to_string(index) + " is not under a checkpoint; the " +
                            "last one covers " + std::to_string(checkpoint.size) + " leaves");
  }
  const auto at = static_cast<std::uint64_t>(index);
  const auto size = static_cast<std::uint64_t>(checkpoint.size);
  SB_ASSIGN(auto path, find_path(store, at, size));
  if (!path) {
    SB_TRY(make_nodes(store, checkpoint.size));
    SB_ASSIGN(path, find_path(store, at, size));
  }
  SB_ASSIGN(const std::string root, signed_root(checkpoint.note));
  const bool sound =
      path && root.size() == std::tuple_size_v<Digest> &&
      verify_inclusion(leaf_hash(path->record), at, size, path->hashes, to_digest(root));
  if (!sound) {
    return Error::corrupt("audit leaf " + std::to_string(index) +
                          " does not lead to the signed head; export the log and run `sideband "
                          "audit verify`, which names a record that differs; where it finds none, "
                          "delete the rows of the store's table audit_nodes, and the next proof "
                          "makes them anew");
  }
  LeafProof made{path->record, "c2sp.org/tlog-proof@v1\nindex " + std::to_string(index) + "\n"};
  for (const Digest& hash : path->hashes) made.proof += to_base64(as_bytes(hash)) + "\n";
  made.proof += "\n" + checkpoint.note;
  return made;
}

}  // namespace sideband
