#include "store/audit_rows.h"

#include <bit>
#include <utility>

#include "merkle/compact_range.h"
#include "store/columns.h"

namespace sideband {
namespace {

AuditHead audit_head_from(Columns& row) {
  AuditHead head;
  head.size = row.integer();
  const std::string hashes = row.text();
  const auto count = static_cast<std::size_t>(std::popcount(static_cast<std::uint64_t>(head.size)));
  if (hashes.size() != count * std::tuple_size_v<Digest>) {
    row.damage();
    return {};
  }
  for (std::size_t i = 0; i < count; ++i) {
    head.range.push_back(to_digest(std::string_view(hashes).substr(i * 32, 32)));
  }
  return head;
}

Result<CompactRange> stored_tree(Connection& db) {
  SB_ASSIGN(auto head,
            find(db, "SELECT size, hashes FROM audit_head /*lock*/", {}, audit_head_from));
  if (!head) return Error::corrupt("the store has no audit head");
  return CompactRange(static_cast<std::uint64_t>(head->size), std::move(head->range));
}

}  // namespace

Result<AuditHead> AuditRows::audit_head() {
  SB_ASSIGN(auto head, find(db_, "SELECT size, hashes FROM audit_head", {}, audit_head_from));
  if (!head) return Error::corrupt("the store has no audit head");
  return std::move(*head);
}

Result<void> AuditRows::append_staged() {
  if (staged_.empty()) return {};
  SB_ASSIGN(CompactRange tree, stored_tree(db_));
  SB_TRY(db_.grow_from(tree));
  SB_TRY(db_.append_leaves(tree.size(), staged_));
  std::vector<TreeNode> nodes;
  for (const std::string& record : staged_) tree.append(leaf_hash(record), kStoredHeight, nodes);
  SB_TRY(put_audit_nodes(nodes));
  std::string hashes;
  for (const Digest& hash : tree.hashes()) hashes += as_bytes(hash);
  staged_.clear();
  db_.grown_to(tree);
  return change(db_, "UPDATE audit_head SET size = $1, hashes = $2",
                {tree.size(), Param::blob(hashes)});
}

Result<std::vector<AuditLeaf>> AuditRows::audit_leaves(std::int64_t from, std::int64_t limit) {
  return collect(db_, "SELECT idx, record FROM leaves WHERE idx >= $1 ORDER BY idx LIMIT $2",
                 {from, limit}, [](Columns& row) {
                   const std::int64_t index = row.integer();
                   return AuditLeaf{index, row.text()};
                 });
}

Result<std::optional<Digest>> AuditRows::audit_node(int height, std::uint64_t index) {
  return find(db_, "SELECT hash FROM audit_nodes WHERE height = $1 AND idx = $2", {height, index},
              [](Columns& row) {
                const std::string hash = row.text();
                if (hash.size() == std::tuple_size_v<Digest>) return to_digest(hash);
                row.damage();
                return Digest{};
              });
}

Result<void> AuditRows::put_audit_nodes(const std::vector<TreeNode>& nodes) {
  for (const TreeNode& node : nodes) {
    SB_TRY(db_.post(
        "INSERT INTO audit_nodes (height, idx, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        {node.height, node.index, Param::blob(as_bytes(node.hash))}));
  }
  return {};
}

Result<std::optional<CheckpointRow>> AuditRows::last_checkpoint() {
  return find(db_, "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1", {},
              [](Columns& row) {
                const std::int64_t size = row.integer();
                return CheckpointRow{size, row.text()};
              });
}

Result<void> AuditRows::put_checkpoint(const CheckpointRow& checkpoint) {
  return change(db_,
                "INSERT INTO checkpoints (size, note) VALUES ($1, $2)"
                " ON CONFLICT (size) DO UPDATE SET note = excluded.note",
                {checkpoint.size, checkpoint.note});
}

Result<std::optional<std::string>> AuditRows::audit_name() {
  return find(db_, "SELECT name FROM audit_name", {}, [](Columns& row) { return row.text(); });
}

Result<void> AuditRows::put_audit_name(const std::string& name) {
  return change(db_,
                "INSERT INTO audit_name (id, name) VALUES (1, $1)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                {name});
}

}  // namespace sideband
