// StoreTx over a Connection: one class, its methods in one file for each noun.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread at a time, inside a transaction that somebody else begins and ends.
class SqlTx final : public StoreTx {
 public:
  explicit SqlTx(Connection& connection) : db_(connection) {}

  // drifts.cpp
  Result<std::vector<std::optional<Drift>>> drifts(const std::string& reconciler,
                                                   const std::vector<std::string>& keys) override;
  Result<std::vector<Drift>> list_drifts(const std::string& reconciler, const std::string& after,
                                         std::int64_t limit) override;
  Result<std::int64_t> count_drifts(const std::string& reconciler) override;
  Result<void> put_drifts(const std::string& reconciler, const std::vector<Drift>& drifts) override;
  Result<void> erase_drifts(const std::string& reconciler,
                            const std::vector<std::string>& keys) override;
  Result<std::int64_t> erase_unseen_drifts(const std::string& reconciler, std::int64_t scan,
                                           std::int64_t limit) override;
  Result<std::optional<ReconcilerHead>> head(const std::string& reconciler) override;
  Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head) override;

  // plans.cpp
  Result<std::optional<Plan>> plan(const Uuid& id) override;
  Result<std::string> chunk(const Uuid& plan, std::int64_t seq) override;
  Result<void> insert_plan(const Plan& plan) override;
  Result<void> insert_chunk(const Uuid& plan, std::int64_t seq,
                            const std::string& changes) override;
  Result<void> update_plan(const Plan& plan) override;
  Result<void> erase_plan(const Uuid& plan) override;
  Result<void> erase_drafts(const std::string& reconciler) override;

  // repairs.cpp, claim.cpp
  Result<std::optional<Repair>> repair(const Uuid& id) override;
  Result<std::vector<Repair>> repairs(const RepairFilter& filter) override;
  Result<std::int64_t> count_repairs(const std::string& reconciler, RepairState state) override;
  Result<void> insert_repair(const Repair& repair) override;
  Result<void> update_repair(const Repair& repair) override;
  Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) override;

  // steps.cpp, decisions.cpp
  Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from,
                                  std::int64_t limit) override;
  Result<void> put_step(const Uuid& repair, const Step& step) override;
  Result<std::vector<Approval>> approvals(const Uuid& repair) override;
  Result<void> insert_approval(const Approval& approval) override;
  Result<std::vector<Decision>> decisions(const std::string& reconciler,
                                          std::int64_t limit) override;
  Result<void> insert_decision(const Decision& decision) override;

  // values.cpp
  Result<std::optional<std::string>> value(const std::string& name) override;
  Result<std::vector<std::pair<std::string, std::string>>> values(
      const std::string& prefix) override;
  Result<void> put_value(const std::string& name, const std::string& value) override;
  Result<void> erase_value(const std::string& name) override;
  Result<std::optional<IdempotentAnswer>> idempotent(const std::string& key) override;
  Result<void> put_idempotent(const std::string& key, const IdempotentAnswer& answer) override;
  Result<void> prune_idempotent(WallTime before) override;

  // locks.cpp
  Result<bool> try_lock(const RangeLock& lock) override;
  Result<void> unlock(const Uuid& repair) override;

  // audit_rows.cpp
  Result<AuditHead> audit_head() override;
  Result<std::vector<AuditLeaf>> audit_leaves(std::int64_t from, std::int64_t limit) override;
  Result<std::optional<CheckpointRow>> last_checkpoint() override;
  Result<void> put_checkpoint(const CheckpointRow& checkpoint) override;
  void stage_audit(std::string record) override { staged_.push_back(std::move(record)); }

  [[nodiscard]] std::size_t staged() const { return staged_.size(); }
  // Forgets the records staged after the first `count`.
  void drop_staged_after(std::size_t count) { staged_.resize(count); }
  // Appends the staged records to the tree: the last act of a transaction.
  Result<void> append_staged();

 private:
  Result<void> claim_from(Sql find, std::int64_t bound, std::int64_t limit,
                          std::vector<Repair>& found);
  Result<std::vector<std::uint64_t>> take_tokens(std::size_t count);
  Result<void> lock_space(const RangeLock& lock);

  Connection& db_;
  std::vector<std::string> staged_;
  std::set<std::string> absent_;  // values read as absent, where another node may write them
};

}  // namespace sideband
