// StoreTx over a Connection: hands each call to the rows of its noun.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ports/store.h"
#include "store/advisory_locks.h"
#include "store/approval_rows.h"
#include "store/audit_rows.h"
#include "store/claim_query.h"
#include "store/connection.h"
#include "store/decision_rows.h"
#include "store/drift_rows.h"
#include "store/head_rows.h"
#include "store/idempotent_rows.h"
#include "store/kept_rows.h"
#include "store/plan_rows.h"
#include "store/range_locks.h"
#include "store/repair_rows.h"
#include "store/retention_rows.h"
#include "store/run_undo_rows.h"
#include "store/step_rows.h"
#include "store/token_sequence.h"

namespace sideband {

struct StoreJob;

// Used by one thread at a time, inside a transaction that somebody else begins and ends. What the
// functions of one group read again and again (what gates keep, heads, the count of running
// repairs) is read once for all of them: the rows that are read keep it, and forget_reads makes all
// of them forget.
class SqlTx final : public StoreTx {
 public:
  explicit SqlTx(Connection& connection, WriteRows when = WriteRows::kAtOnce)
      : db_(connection),
        kept_(connection, when),
        advisory_locks_(connection, kept_),
        heads_(connection, kept_),
        drifts_(connection, heads_),
        plans_(connection),
        repairs_(connection, heads_),
        tokens_(connection),
        claims_(connection, repairs_, tokens_),
        steps_(connection),
        approvals_(connection),
        decisions_(connection),
        run_undos_(connection),
        idempotent_(connection),
        range_locks_(connection, when),
        audit_(connection),
        retention_(connection, repairs_) {}

  Result<std::vector<std::optional<Drift>>> drifts(const std::string& reconciler,
                                                   const std::vector<std::string>& keys) override {
    return drifts_.drifts(reconciler, keys);
  }
  Result<std::vector<Drift>> list_drifts(const std::string& reconciler, const std::string& after,
                                         std::int64_t limit) override {
    return drifts_.list_drifts(reconciler, after, limit);
  }
  Result<std::vector<Drift>> list_open_drifts(const std::string& reconciler,
                                              const std::string& after, std::int64_t limit,
                                              WallTime now) override {
    return drifts_.list_open_drifts(reconciler, after, limit, now);
  }
  Result<std::int64_t> count_drifts(const std::string& reconciler) override {
    return drifts_.count_drifts(reconciler);
  }
  Result<void> put_drifts(const std::string& reconciler,
                          const std::vector<Drift>& drifts) override {
    return drifts_.put_drifts(reconciler, drifts);
  }
  Result<void> erase_drifts(const std::string& reconciler,
                            const std::vector<std::string>& keys) override {
    return drifts_.erase_drifts(reconciler, keys);
  }
  Result<std::int64_t> erase_unseen_drifts(const std::string& reconciler, std::int64_t scan,
                                           const RestedUntil& rested, std::int64_t limit) override {
    return drifts_.erase_unseen_drifts(reconciler, scan, rested, limit);
  }
  Result<std::optional<std::string>> erase_plan_drifts(const std::string& reconciler,
                                                       const Uuid& plan, const std::string& after,
                                                       std::int64_t limit) override {
    return drifts_.erase_plan_drifts(reconciler, plan, after, limit);
  }
  Result<std::optional<std::string>> rest_plan_drifts(const std::string& reconciler,
                                                      const Uuid& plan, const std::string& after,
                                                      std::int64_t limit,
                                                      const GrowingRest& rest) override {
    return drifts_.rest_plan_drifts(reconciler, plan, after, limit, rest);
  }
  Result<std::optional<ReconcilerHead>> head(const std::string& reconciler) override {
    return heads_.head(reconciler);
  }
  Result<std::optional<SourceState>> source(const std::string& scope) override {
    return kept_.sources.get(scope);
  }
  Result<std::vector<std::string>> reconcilers_of(const std::string& scope) override {
    return heads_.reconcilers_of(scope);
  }
  Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head) override {
    return heads_.put_head(reconciler, head);
  }

  Result<std::optional<Plan>> plan(const Uuid& id) override { return plans_.plan(id); }
  Result<std::string> chunk(const Uuid& plan, std::int64_t seq) override {
    return plans_.chunk(plan, seq);
  }
  Result<void> insert_plan(const Plan& plan) override { return plans_.insert_plan(plan); }
  Result<void> insert_chunk(const Uuid& plan, std::int64_t seq,
                            const std::string& changes) override {
    return plans_.insert_chunk(plan, seq, changes);
  }
  Result<void> replace_chunk(const Uuid& plan, std::int64_t seq,
                             const std::string& changes) override {
    return plans_.replace_chunk(plan, seq, changes);
  }
  Result<void> erase_chunks(const Uuid& plan, std::int64_t from) override {
    return plans_.erase_chunks(plan, from);
  }
  Result<void> update_plan(const Plan& plan) override { return plans_.update_plan(plan); }
  Result<void> erase_plan(const Uuid& plan) override { return plans_.erase_plan(plan); }
  Result<void> erase_drafts(const std::string& reconciler) override {
    return plans_.erase_drafts(reconciler);
  }

  Result<std::optional<Repair>> repair(const Uuid& id) override { return repairs_.repair(id); }
  Result<std::vector<Repair>> repairs(const RepairFilter& filter) override {
    return repairs_.repairs(filter);
  }
  Result<std::int64_t> count_repairs(const std::string& reconciler, RepairState state) override {
    return repairs_.count_repairs(reconciler, state);
  }
  Result<bool> has_waiting(const std::string& reconciler) override {
    return repairs_.has_waiting(reconciler);
  }
  Result<std::vector<std::string>> queued_reconcilers() override {
    return repairs_.queued_reconcilers();
  }
  Result<std::vector<std::pair<std::string, std::int64_t>>> count_waiting() override {
    return repairs_.count_waiting();
  }
  Result<bool> has_room(const std::string& reconciler, std::int64_t limit) override {
    return repairs_.has_room(reconciler, limit);
  }
  Result<void> insert_repair(const Repair& repair) override {
    return repairs_.insert_repair(repair);
  }
  Result<void> update_repair(const Repair& repair) override {
    return repairs_.update_repair(repair);
  }
  Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) override {
    return claims_.claim(request);
  }
  Result<std::uint64_t> next_token() override { return tokens_.next(); }

  Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from,
                                  std::int64_t limit) override {
    return steps_.steps(repair, from, limit);
  }
  Result<void> put_step(const Uuid& repair, const Step& step) override {
    return steps_.put_step(repair, step);
  }
  Result<std::vector<Approval>> approvals(const Uuid& repair) override {
    return approvals_.approvals(repair);
  }
  Result<void> insert_approval(const Approval& approval) override {
    return approvals_.insert_approval(approval);
  }
  Result<std::vector<Decision>> decisions(const std::string& reconciler,
                                          std::int64_t limit) override {
    return decisions_.decisions(reconciler, limit);
  }
  Result<std::optional<Decision>> decision(const Uuid& id) override {
    return decisions_.decision(id);
  }
  Result<std::vector<Decision>> decisions_about(const std::string& reconciler, const Uuid& plan,
                                                std::int64_t limit) override {
    return decisions_.decisions_about(reconciler, plan, limit);
  }
  Result<void> insert_decision(const Decision& decision) override {
    return decisions_.insert_decision(decision);
  }

  Result<std::optional<Pause>> pause(const std::string& reconciler) override {
    return kept_.pauses.get(reconciler);
  }
  Result<std::vector<std::pair<std::string, Pause>>> pauses() override {
    return kept_.all_pauses();
  }
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
  Result<std::optional<KnownTarget>> known_target(const std::string& place) override {
    return kept_.targets.get(place);
  }
  Result<std::optional<LeaderRow>> leader() override { return kept_.leader.get(kOneLeader); }
  Result<std::optional<Notice>> notice(const NoticeKey& key) override {
    return kept_.notices.get(key);
  }
  Result<std::vector<std::pair<NoticeKey, Notice>>> notices() override {
    return kept_.all_notices();
  }
  Result<std::optional<SignalHold>> signal_hold(const std::string& rule) override {
    return kept_.signal_holds.get(rule);
  }
  Result<std::optional<Breaker>> breaker(const std::string& scope) override {
    return kept_.breakers.get(scope);
  }
  Result<std::optional<Throttle>> throttle(const std::string& rule) override {
    return kept_.throttles.get(rule);
  }
  Result<std::optional<KeptDetection>> detection(const std::string& signal) override {
    return kept_.detections.get(signal);
  }
  Result<std::optional<Silence>> silence(const Uuid& id) override { return kept_.silences.get(id); }
  Result<std::vector<Silence>> silences() override { return kept_.all_silences(); }
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
  Result<void> put_known_target(const std::string& place, KnownTarget target) override {
    return kept_.targets.put(place, std::move(target));
  }
  Result<void> put_signal_hold(const std::string& rule, SignalHold hold) override {
    return kept_.signal_holds.put(rule, std::move(hold));
  }
  Result<void> put_breaker(const std::string& scope, Breaker breaker) override {
    return kept_.breakers.put(scope, std::move(breaker));
  }
  Result<void> put_throttle(const std::string& rule, Throttle throttle) override {
    return kept_.throttles.put(rule, std::move(throttle));
  }
  Result<void> put_detection(const std::string& signal, KeptDetection kept) override {
    return kept_.detections.put(signal, std::move(kept));
  }
  Result<void> put_silence(const Uuid& id, std::optional<Silence> silence) override {
    return kept_.put_silence(id, std::move(silence));
  }
  Result<void> put_leader(std::optional<LeaderRow> leader) override {
    return kept_.leader.put(kOneLeader, std::move(leader));
  }
  Result<void> put_notice(const NoticeKey& key, std::optional<Notice> notice) override {
    return kept_.notices.put(key, std::move(notice));
  }
  Result<std::vector<Uuid>> active_undos(const std::string& reconciler) override {
    return repairs_.active_undos(reconciler);
  }
  Result<std::vector<Uuid>> undos_of_run(const Uuid& run) override {
    return run_undos_.undos_of_run(run);
  }
  Result<void> add_undo_of_run(const Uuid& run, const Uuid& undo) override {
    return run_undos_.add_undo_of_run(run, undo);
  }
  Result<void> lock_switches(SwitchLock how) override { return advisory_locks_.lock_switches(how); }
  Result<void> lock_site() override { return advisory_locks_.lock_site(); }
  Result<void> probe_write(const std::string& bytes) override;

  Result<std::optional<IdempotentAnswer>> idempotent(const std::string& key) override {
    return idempotent_.idempotent(key);
  }
  Result<void> put_idempotent(const std::string& key, const IdempotentAnswer& answer) override {
    return idempotent_.put_idempotent(key, answer);
  }

  Result<bool> try_lock(const RangeLock& lock, bool free) override {
    return range_locks_.try_lock(lock, free);
  }
  Result<void> unlock(const Uuid& repair) override { return range_locks_.unlock(repair); }
  Result<std::vector<RangeLock>> locks(const Uuid& repair, std::int64_t limit) override {
    return range_locks_.locks(repair, limit);
  }

  Result<AuditHead> audit_head() override { return audit_.audit_head(); }
  Result<std::vector<AuditLeaf>> audit_leaves(std::int64_t from, std::int64_t limit) override {
    return audit_.audit_leaves(from, limit);
  }
  Result<std::optional<Digest>> audit_node(int height, std::uint64_t index) override {
    return audit_.audit_node(height, index);
  }
  Result<void> put_audit_nodes(const std::vector<TreeNode>& nodes) override {
    return audit_.put_audit_nodes(nodes);
  }
  Result<std::optional<CheckpointRow>> last_checkpoint() override {
    return audit_.last_checkpoint();
  }
  Result<void> put_checkpoint(const CheckpointRow& checkpoint) override {
    return audit_.put_checkpoint(checkpoint);
  }
  Result<std::optional<std::string>> audit_name() override { return audit_.audit_name(); }
  Result<void> put_audit_name(const std::string& name) override {
    return audit_.put_audit_name(name);
  }
  void stage_audit(std::string record) override { audit_.stage(std::move(record)); }

  Result<StoreUse> count_use(StoredClass which, const StoreCursor& after, WallTime due,
                             std::int64_t limit) override {
    return retention_.count_use(which, after, due, limit);
  }
  Result<std::vector<EndedRepair>> ended_repairs(WallTime before, const Uuid& after,
                                                 std::int64_t limit) override {
    return retention_.ended_repairs(before, after, limit);
  }
  Result<std::optional<WallTime>> retention_mark() override { return retention_.retention_mark(); }
  Result<void> put_retention_mark(WallTime at) override {
    return retention_.put_retention_mark(at);
  }
  Result<std::vector<Uuid>> erase_ended(const std::vector<Uuid>& repairs) override {
    return retention_.erase_ended(repairs);
  }
  Result<LeftoverCount> erase_leftovers(std::int64_t rows, std::int64_t bytes) override {
    return retention_.erase_leftovers(rows, bytes);
  }
  Result<PrunedPage> prune_plans(WallTime drafts, WallTime sealed, const Uuid& after,
                                 std::int64_t limit) override {
    return retention_.prune_plans(drafts, sealed, after, limit);
  }
  Result<PrunedPage> prune_decisions(WallTime before, const Uuid& after,
                                     std::int64_t limit) override {
    return retention_.prune_decisions(before, after, limit);
  }
  Result<std::int64_t> prune_idempotent(WallTime before, std::int64_t limit) override {
    return retention_.prune_idempotent(before, limit);
  }

  // Reads what these functions will ask for, where that spares questions to a server.
  Result<void> prefetch_drifts(std::span<const StoreJob> jobs);
  [[nodiscard]] std::size_t staged() const { return audit_.staged(); }
  // Forgets the records staged after the first `count`.
  void drop_staged_after(std::size_t count) { audit_.drop_staged_after(count); }
  // Kept rows put, written or not; a function that failed after putting some must be taken back.
  [[nodiscard]] std::uint64_t rows_put() const { return kept_.puts(); }
  // Forgets what was read: a savepoint was rolled back.
  void forget_reads();
  // Writes what waits and appends the staged records to the tree: the last act of a transaction.
  Result<void> finish();

 private:
  static constexpr std::int64_t kOneLeader = 1;

  Connection& db_;
  KeptRows kept_;
  AdvisoryLocks advisory_locks_;
  HeadRows heads_;
  DriftRows drifts_;
  PlanRows plans_;
  RepairRows repairs_;
  TokenSequence tokens_;
  ClaimQuery claims_;
  StepRows steps_;
  ApprovalRows approvals_;
  DecisionRows decisions_;
  RunUndoRows run_undos_;
  IdempotentRows idempotent_;
  RangeLocks range_locks_;
  AuditRows audit_;
  RetentionRows retention_;
};

}  // namespace sideband
