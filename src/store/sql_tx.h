// StoreTx over a Connection: one class, its methods in one file for each noun.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/audit_record.h"
#include "ports/store.h"
#include "store/connection.h"
#include "store/kept_rows.h"

namespace sideband {

struct StoreJob;

// Used by one thread at a time, inside a transaction that somebody else begins and ends. What the
// functions of one group read again and again (what gates keep, heads, the count of running
// repairs) is read once for all of them.
class SqlTx final : public StoreTx {
 public:
  explicit SqlTx(Connection& connection, WriteRows when = WriteRows::kAtOnce)
      : db_(connection), when_(when), kept_(connection, when) {}

  // drifts.cpp
  Result<std::vector<std::optional<Drift>>> drifts(const std::string& reconciler,
                                                   const std::vector<std::string>& keys) override;
  Result<std::vector<Drift>> list_drifts(const std::string& reconciler, const std::string& after,
                                         std::int64_t limit) override;
  Result<std::int64_t> count_drifts(const std::string& reconciler) override;
  // Reads what these functions will ask for, where that spares questions to a server. The heads
  // of their reconcilers come first: they are what keeps the answer true.
  Result<void> prefetch_drifts(std::span<const StoreJob> jobs);
  Result<void> put_drifts(const std::string& reconciler, const std::vector<Drift>& drifts) override;
  Result<void> erase_drifts(const std::string& reconciler,
                            const std::vector<std::string>& keys) override;
  Result<std::int64_t> erase_unseen_drifts(const std::string& reconciler, std::int64_t scan,
                                           WallTime rested, std::int64_t limit) override;
  Result<std::optional<std::string>> erase_plan_drifts(const std::string& reconciler,
                                                       const Uuid& plan, const std::string& after,
                                                       std::int64_t limit) override;
  Result<std::optional<std::string>> rest_plan_drifts(const std::string& reconciler,
                                                      const Uuid& plan, const std::string& after,
                                                      std::int64_t limit,
                                                      const GrowingRest& rest) override;
  Result<std::optional<ReconcilerHead>> head(const std::string& reconciler) override;
  Result<std::optional<SourceState>> source(const std::string& scope) override {
    return kept_.sources.get(scope);
  }
  Result<std::vector<std::string>> reconcilers_of(const std::string& scope) override;
  Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head) override;

  // plans.cpp
  Result<std::optional<Plan>> plan(const Uuid& id) override;
  Result<std::string> chunk(const Uuid& plan, std::int64_t seq) override;
  Result<void> insert_plan(const Plan& plan) override;
  Result<void> insert_chunk(const Uuid& plan, std::int64_t seq,
                            const std::string& changes) override;
  Result<void> replace_chunk(const Uuid& plan, std::int64_t seq,
                             const std::string& changes) override;
  Result<void> erase_chunks(const Uuid& plan, std::int64_t from) override;
  Result<void> update_plan(const Plan& plan) override;
  Result<void> erase_plan(const Uuid& plan) override;
  Result<void> erase_drafts(const std::string& reconciler) override;

  // repairs.cpp, claim.cpp
  Result<std::optional<Repair>> repair(const Uuid& id) override;
  Result<std::vector<Repair>> repairs(const RepairFilter& filter) override;
  Result<std::int64_t> count_repairs(const std::string& reconciler, RepairState state) override;
  Result<bool> has_waiting(const std::string& reconciler) override;
  Result<std::vector<std::string>> queued_reconcilers() override;
  Result<std::vector<std::pair<std::string, std::int64_t>>> count_waiting() override;
  Result<bool> has_room(const std::string& reconciler, std::int64_t limit) override;
  Result<void> insert_repair(const Repair& repair) override;
  Result<void> update_repair(const Repair& repair) override;
  Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) override;
  Result<std::uint64_t> next_token() override;

  // steps.cpp, decisions.cpp
  Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from,
                                  std::int64_t limit) override;
  Result<void> put_step(const Uuid& repair, const Step& step) override;
  Result<std::vector<Approval>> approvals(const Uuid& repair) override;
  Result<void> insert_approval(const Approval& approval) override;
  Result<std::vector<Decision>> decisions(const std::string& reconciler,
                                          std::int64_t limit) override;
  Result<void> insert_decision(const Decision& decision) override;

  // kept.cpp
  Result<std::optional<Pause>> pause(const std::string& reconciler) override {
    return kept_.pauses.get(reconciler);
  }
  Result<std::vector<std::pair<std::string, Pause>>> pauses() override;
  Result<std::optional<CancelRequest>> cancel_request(const Uuid& repair) override {
    return kept_.cancels.get(repair);
  }
  Result<std::optional<DeclinedPlan>> declined_plan(const std::string& reconciler) override {
    return kept_.declined.get(reconciler);
  }
  Result<std::optional<CrashCount>> crash_count(const Uuid& repair) override {
    return kept_.crashes.get(repair);
  }
  Result<std::optional<std::vector<WindowSlot>>> window(const WindowKey& key) override {
    return kept_.windows.get(key);
  }
  Result<std::optional<RateBucket>> rate_bucket(const std::string& scope) override {
    return kept_.buckets.get(scope);
  }
  Result<std::optional<LeaderRow>> leader() override { return kept_.leader.get(kOneLeader); }
  Result<void> put_pause(const std::string& reconciler, std::optional<Pause> pause) override {
    return kept_.pauses.put(reconciler, std::move(pause));
  }
  Result<void> put_cancel(const Uuid& repair, std::optional<CancelRequest> cancel) override {
    return kept_.cancels.put(repair, std::move(cancel));
  }
  Result<void> put_declined(const std::string& reconciler,
                            std::optional<DeclinedPlan> declined) override {
    return kept_.declined.put(reconciler, std::move(declined));
  }
  Result<void> put_crashes(const Uuid& repair, std::optional<CrashCount> count) override {
    return kept_.crashes.put(repair, count);
  }
  Result<void> put_window(const WindowKey& key, std::vector<WindowSlot> slots) override {
    return kept_.windows.put(key, std::move(slots));
  }
  Result<void> put_rate_bucket(const std::string& scope, RateBucket bucket) override {
    return kept_.buckets.put(scope, bucket);
  }
  Result<void> put_leader(std::optional<LeaderRow> leader) override {
    return kept_.leader.put(kOneLeader, std::move(leader));
  }
  Result<std::vector<Uuid>> active_undos(const std::string& reconciler) override;
  Result<std::vector<Uuid>> undos_of_run(const Uuid& run) override;
  Result<void> add_undo_of_run(const Uuid& run, const Uuid& undo) override;
  Result<void> lock_switches(SwitchLock how) override;
  Result<void> lock_site() override;
  Result<void> probe_write(const std::string& bytes) override;

  // idempotent.cpp
  Result<std::optional<IdempotentAnswer>> idempotent(const std::string& key) override;
  Result<void> put_idempotent(const std::string& key, const IdempotentAnswer& answer) override;

  // locks.cpp
  Result<bool> try_lock(const RangeLock& lock, bool free) override;
  Result<void> unlock(const Uuid& repair) override;
  Result<std::vector<RangeLock>> locks(const Uuid& repair, std::int64_t limit) override;

  // audit_rows.cpp
  Result<AuditHead> audit_head() override;
  Result<std::vector<AuditLeaf>> audit_leaves(std::int64_t from, std::int64_t limit) override;
  Result<std::optional<CheckpointRow>> last_checkpoint() override;
  Result<void> put_checkpoint(const CheckpointRow& checkpoint) override;
  Result<std::optional<std::string>> audit_name() override;
  Result<void> put_audit_name(const std::string& name) override;
  void stage_audit(std::string record) override {
    staged_.push_back(clip_record(std::move(record)));
  }

  // retention.cpp
  Result<StoreUse> count_use(StoredClass which, const StoreCursor& after, WallTime due,
                             std::int64_t limit) override;
  Result<std::vector<EndedRepair>> ended_repairs(WallTime before, const Uuid& after,
                                                 std::int64_t limit) override;
  Result<std::optional<WallTime>> retention_mark() override;
  Result<void> put_retention_mark(WallTime at) override;
  Result<std::vector<Uuid>> erase_ended(const std::vector<Uuid>& repairs) override;
  Result<LeftoverCount> erase_leftovers(std::int64_t rows, std::int64_t bytes) override;
  Result<PrunedPage> prune_plans(WallTime drafts, WallTime sealed, const Uuid& after,
                                 std::int64_t limit) override;
  Result<PrunedPage> prune_decisions(WallTime before, const Uuid& after,
                                     std::int64_t limit) override;
  Result<std::int64_t> prune_idempotent(WallTime before, std::int64_t limit) override;

  [[nodiscard]] std::size_t staged() const { return staged_.size(); }
  // Forgets the records staged after the first `count`.
  void drop_staged_after(std::size_t count) { staged_.resize(count); }
  // Kept rows put, written or not; a function that failed after putting some must be taken back.
  [[nodiscard]] std::uint64_t rows_put() const { return kept_.puts(); }
  // Forgets what was read: a savepoint was rolled back.
  void forget_reads();
  // Writes what waits and appends the staged records to the tree: the last act of a transaction.
  Result<void> finish();

 private:
  Result<void> claim_from(Sql find, std::int64_t bound, std::int64_t limit,
                          std::vector<Repair>& found);
  Result<void> claim_queued(const ClaimRequest& request, std::vector<Repair>& found);
  Result<std::vector<std::uint64_t>> take_tokens(std::size_t count);
  Result<void> write_tokens();
  void note_state(const Repair& repair, bool fresh);
  Result<void> tell_nodes();
  // Drops a plan's row; its chunks and the rows of its repair go later.
  Result<void> leave_over(const Uuid& plan);
  Result<std::optional<ReconcilerHead>> head_row(const std::string& reconciler);
  bool drifts_ahead(const std::string& reconciler, const std::vector<std::string>& keys,
                    std::vector<std::optional<Drift>>& found);
  Result<bool> drifts_in_range(const std::string& reconciler, const std::vector<std::string>& keys,
                               std::vector<std::optional<Drift>>& found);
  Result<std::vector<std::optional<Drift>>> drifts_by_list(const std::string& reconciler,
                                                           const std::vector<std::string>& keys);
  Result<std::optional<std::string>> plan_slice_end(const std::string& reconciler, const Uuid& plan,
                                                    const std::string& after, std::int64_t limit);
  Result<void> lock_space(const RangeLock& lock);
  Result<void> lock_optimistically(const RangeLock& lock);
  Result<void> take_lock_space(const std::string& target, const std::string& collection, Sql take);

  Result<void> append_staged();

  static constexpr std::int64_t kOneLeader = 1;

  Connection& db_;
  const WriteRows when_;
  KeptRows kept_;
  std::vector<std::string> staged_;
  std::optional<std::uint64_t> last_token_;
  std::int64_t tokens_taken_ = 0;            // and not yet written
  std::vector<std::uint64_t> spare_tokens_;  // of a shared store, the lowest last
  std::size_t tokens_at_once_ = 1;
  std::map<std::string, std::optional<ReconcilerHead>, std::less<>> heads_;  // without sources
  std::map<std::string, std::vector<std::string>> names_;                    // by source_scope
  std::map<Uuid, std::optional<Repair>> repairs_;
  // At least as many as are running: those counted, and those started since.
  std::map<std::string, std::int64_t, std::less<>> running_;
  std::map<std::string, bool, std::less<>> waiting_;      // true may have become false since
  std::set<std::pair<std::string, std::string>> spaces_;  // locked, of (target, collection)
  std::set<std::string> guessed_;                         // keys locked by a guess
  std::map<std::string, std::optional<Drift>, std::less<>> ahead_;  // read ahead, and kept true
  std::optional<SwitchLock> switches_;                              // held, of a shared store
  bool site_locked_ = false;
  bool queued_ = false;  // something that another node might start at once
};

}  // namespace sideband
