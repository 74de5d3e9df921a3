// The audit log: leaves, head, checkpoints, name; and the records that this transaction appends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/audit_record.h"
#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class AuditRows {
 public:
  explicit AuditRows(Connection& db) : db_(db) {}

  Result<AuditHead> audit_head();
  Result<std::vector<AuditLeaf>> audit_leaves(std::int64_t from, std::int64_t limit);
  Result<std::optional<Digest>> audit_node(int height, std::uint64_t index);
  Result<void> put_audit_nodes(const std::vector<TreeNode>& nodes);
  Result<std::optional<CheckpointRow>> last_checkpoint();
  Result<void> put_checkpoint(const CheckpointRow& checkpoint);
  Result<std::optional<std::string>> audit_name();
  Result<void> put_audit_name(const std::string& name);

  void stage(std::string record) { staged_.push_back(clip_record(std::move(record))); }
  [[nodiscard]] std::size_t staged() const { return staged_.size(); }
  // Forgets the records staged after the first `count`.
  void drop_staged_after(std::size_t count) { staged_.resize(count); }
  // Appends the staged records to the tree.
  Result<void> append_staged();

 private:
  Connection& db_;
  std::vector<std::string> staged_;
};

}  // namespace sideband
