// A transaction that is another one: what planted bugs change one thing of.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ports/store.h"

namespace sideband::sim {

// Hands everything on; subclasses change one thing. As long-lived as `tx`.
class PassOn : public StoreTx {
 public:
  explicit PassOn(StoreTx& tx) : tx_(tx) {}

  Result<std::vector<std::optional<Drift>>> drifts(const std::string& reconciler,
                                                   const std::vector<std::string>& keys) override {
    return tx_.drifts(reconciler, keys);
  }
  Result<std::vector<Drift>> list_drifts(const std::string& reconciler, const std::string& after,
                                         std::int64_t limit) override {
    return tx_.list_drifts(reconciler, after, limit);
  }
  Result<std::vector<Drift>> list_open_drifts(const std::string& reconciler,
                                              const std::string& after, std::int64_t limit,
                                              WallTime now) override {
    return tx_.list_open_drifts(reconciler, after, limit, now);
  }
  Result<std::int64_t> count_drifts(const std::string& reconciler) override {
    return tx_.count_drifts(reconciler);
  }
  Result<std::optional<ReconcilerHead>> head(const std::string& reconciler) override {
    return tx_.head(reconciler);
  }
  Result<std::optional<Plan>> plan(const Uuid& id) override { return tx_.plan(id); }
  Result<std::string> chunk(const Uuid& plan, std::int64_t seq) override {
    return tx_.chunk(plan, seq);
  }
  Result<std::optional<Repair>> repair(const Uuid& id) override { return tx_.repair(id); }
  Result<std::vector<Repair>> repairs(const RepairFilter& filter) override {
    return tx_.repairs(filter);
  }
  Result<std::int64_t> count_repairs(const std::string& reconciler, RepairState state) override {
    return tx_.count_repairs(reconciler, state);
  }
  Result<bool> has_waiting(const std::string& reconciler) override {
    return tx_.has_waiting(reconciler);
  }
  Result<std::vector<std::pair<std::string, std::int64_t>>> count_waiting() override {
    return tx_.count_waiting();
  }
  Result<std::vector<std::string>> queued_reconcilers() override {
    return tx_.queued_reconcilers();
  }
  Result<void> lock_switches(SwitchLock how) override { return tx_.lock_switches(how); }
  Result<bool> has_room(const std::string& reconciler, std::int64_t limit) override {
    return tx_.has_room(reconciler, limit);
  }
  Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from,
                                  std::int64_t limit) override {
    return tx_.steps(repair, from, limit);
  }
  Result<std::vector<RangeLock>> locks(const Uuid& repair, std::int64_t limit) override {
    return tx_.locks(repair, limit);
  }
  Result<std::vector<Approval>> approvals(const Uuid& repair) override {
    return tx_.approvals(repair);
  }
  Result<std::vector<Decision>> decisions(const std::string& reconciler,
                                          std::int64_t limit) override {
    return tx_.decisions(reconciler, limit);
  }
  Result<std::optional<Decision>> decision(const Uuid& id) override { return tx_.decision(id); }
  Result<std::vector<Decision>> decisions_about(const std::string& reconciler, const Uuid& plan,
                                                std::int64_t limit) override {
    return tx_.decisions_about(reconciler, plan, limit);
  }
  Result<std::optional<Pause>> pause(const std::string& reconciler) override {
    return tx_.pause(reconciler);
  }
  Result<std::vector<std::pair<std::string, Pause>>> pauses() override { return tx_.pauses(); }
  Result<std::optional<CancelRequest>> cancel_request(const Uuid& repair) override {
    return tx_.cancel_request(repair);
  }
  Result<std::optional<DeclinedPlan>> declined_plan(const std::string& reconciler) override {
    return tx_.declined_plan(reconciler);
  }
  Result<std::optional<CrashCount>> crash_count(const Uuid& repair) override {
    return tx_.crash_count(repair);
  }
  Result<std::optional<std::vector<WindowSlot>>> window(const WindowKey& key) override {
    return tx_.window(key);
  }
  Result<std::optional<SourceState>> source(const std::string& scope) override {
    return tx_.source(scope);
  }
  Result<std::vector<std::string>> reconcilers_of(const std::string& scope) override {
    return tx_.reconcilers_of(scope);
  }
  Result<std::optional<RateBucket>> rate_bucket(const std::string& scope) override {
    return tx_.rate_bucket(scope);
  }
  Result<std::optional<KnownTarget>> known_target(const std::string& place) override {
    return tx_.known_target(place);
  }
  Result<std::optional<Throttle>> throttle(const std::string& rule) override {
    return tx_.throttle(rule);
  }
  Result<std::optional<KeptDetection>> detection(const std::string& signal) override {
    return tx_.detection(signal);
  }
  Result<std::optional<SignalHold>> signal_hold(const std::string& rule) override {
    return tx_.signal_hold(rule);
  }
  Result<std::optional<Breaker>> breaker(const std::string& scope) override {
    return tx_.breaker(scope);
  }
  Result<std::optional<Silence>> silence(const Uuid& id) override { return tx_.silence(id); }
  Result<std::vector<Silence>> silences() override { return tx_.silences(); }
  Result<std::optional<LeaderRow>> leader() override { return tx_.leader(); }
  Result<std::optional<Notice>> notice(const NoticeKey& key) override { return tx_.notice(key); }
  Result<std::vector<std::pair<NoticeKey, Notice>>> notices() override { return tx_.notices(); }
  Result<std::vector<Uuid>> active_undos(const std::string& reconciler) override {
    return tx_.active_undos(reconciler);
  }
  Result<std::vector<Uuid>> undos_of_run(const Uuid& run) override { return tx_.undos_of_run(run); }
  Result<std::optional<std::string>> audit_name() override { return tx_.audit_name(); }
  Result<std::optional<IdempotentAnswer>> idempotent(const std::string& key) override {
    return tx_.idempotent(key);
  }
  Result<AuditHead> audit_head() override { return tx_.audit_head(); }
  Result<std::vector<AuditLeaf>> audit_leaves(std::int64_t from, std::int64_t limit) override {
    return tx_.audit_leaves(from, limit);
  }
  Result<std::optional<Digest>> audit_node(int height, std::uint64_t index) override {
    return tx_.audit_node(height, index);
  }
  Result<void> put_audit_nodes(const std::vector<TreeNode>& nodes) override {
    return tx_.put_audit_nodes(nodes);
  }
  Result<std::optional<CheckpointRow>> last_checkpoint() override { return tx_.last_checkpoint(); }
  Result<void> put_drifts(const std::string& reconciler,
                          const std::vector<Drift>& drifts) override {
    return tx_.put_drifts(reconciler, drifts);
  }
  Result<void> erase_drifts(const std::string& reconciler,
                            const std::vector<std::string>& keys) override {
    return tx_.erase_drifts(reconciler, keys);
  }
  Result<std::int64_t> erase_unseen_drifts(const std::string& reconciler, std::int64_t scan,
                                           const RestedUntil& rested, std::int64_t limit) override {
    return tx_.erase_unseen_drifts(reconciler, scan, rested, limit);
  }
  Result<std::optional<std::string>> erase_plan_drifts(const std::string& reconciler,
                                                       const Uuid& plan, const std::string& after,
                                                       std::int64_t limit) override {
    return tx_.erase_plan_drifts(reconciler, plan, after, limit);
  }
  Result<std::optional<std::string>> rest_plan_drifts(const std::string& reconciler,
                                                      const Uuid& plan, const std::string& after,
                                                      std::int64_t limit,
                                                      const GrowingRest& rest) override {
    return tx_.rest_plan_drifts(reconciler, plan, after, limit, rest);
  }
  Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head) override {
    return tx_.put_head(reconciler, head);
  }
  Result<void> insert_plan(const Plan& plan) override { return tx_.insert_plan(plan); }
  Result<void> insert_chunk(const Uuid& plan, std::int64_t seq,
                            const std::string& changes) override {
    return tx_.insert_chunk(plan, seq, changes);
  }
  Result<void> replace_chunk(const Uuid& plan, std::int64_t seq,
                             const std::string& changes) override {
    return tx_.replace_chunk(plan, seq, changes);
  }
  Result<void> erase_chunks(const Uuid& plan, std::int64_t from) override {
    return tx_.erase_chunks(plan, from);
  }
  Result<void> update_plan(const Plan& plan) override { return tx_.update_plan(plan); }
  Result<void> erase_plan(const Uuid& plan) override { return tx_.erase_plan(plan); }
  Result<void> erase_drafts(const std::string& reconciler) override {
    return tx_.erase_drafts(reconciler);
  }
  Result<void> insert_repair(const Repair& repair) override { return tx_.insert_repair(repair); }
  Result<void> update_repair(const Repair& repair) override { return tx_.update_repair(repair); }
  Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) override {
    return tx_.claim_repairs(request);
  }
  Result<std::uint64_t> next_token() override { return tx_.next_token(); }
  Result<void> put_step(const Uuid& repair, const Step& step) override {
    return tx_.put_step(repair, step);
  }
  Result<void> insert_approval(const Approval& approval) override {
    return tx_.insert_approval(approval);
  }
  Result<void> insert_decision(const Decision& decision) override {
    return tx_.insert_decision(decision);
  }
  Result<void> put_pause(const std::string& reconciler, std::optional<Pause> pause) override {
    return tx_.put_pause(reconciler, std::move(pause));
  }
  Result<void> put_cancel(const Uuid& repair, std::optional<CancelRequest> cancel) override {
    return tx_.put_cancel(repair, std::move(cancel));
  }
  Result<void> put_declined(const std::string& reconciler,
                            std::optional<DeclinedPlan> declined) override {
    return tx_.put_declined(reconciler, std::move(declined));
  }
  Result<void> put_crashes(const Uuid& repair, std::optional<CrashCount> count) override {
    return tx_.put_crashes(repair, count);
  }
  Result<void> put_window(const WindowKey& key, std::vector<WindowSlot> slots) override {
    return tx_.put_window(key, std::move(slots));
  }
  Result<void> put_rate_bucket(const std::string& scope, RateBucket bucket) override {
    return tx_.put_rate_bucket(scope, bucket);
  }
  Result<void> put_known_target(const std::string& place, KnownTarget target) override {
    return tx_.put_known_target(place, std::move(target));
  }
  Result<void> put_throttle(const std::string& rule, Throttle throttle) override {
    return tx_.put_throttle(rule, std::move(throttle));
  }
  Result<void> put_detection(const std::string& signal, KeptDetection kept) override {
    return tx_.put_detection(signal, std::move(kept));
  }
  Result<void> put_signal_hold(const std::string& rule, SignalHold hold) override {
    return tx_.put_signal_hold(rule, std::move(hold));
  }
  Result<void> put_breaker(const std::string& scope, Breaker breaker) override {
    return tx_.put_breaker(scope, std::move(breaker));
  }
  Result<void> put_silence(const Uuid& id, std::optional<Silence> silence) override {
    return tx_.put_silence(id, std::move(silence));
  }
  Result<void> put_leader(std::optional<LeaderRow> leader) override {
    return tx_.put_leader(std::move(leader));
  }
  Result<void> put_notice(const NoticeKey& key, std::optional<Notice> notice) override {
    return tx_.put_notice(key, std::move(notice));
  }
  Result<void> add_undo_of_run(const Uuid& run, const Uuid& undo) override {
    return tx_.add_undo_of_run(run, undo);
  }
  Result<void> put_audit_name(const std::string& name) override { return tx_.put_audit_name(name); }
  Result<void> probe_write(const std::string& bytes) override { return tx_.probe_write(bytes); }
  Result<void> lock_site() override { return tx_.lock_site(); }
  Result<void> put_idempotent(const std::string& key, const IdempotentAnswer& answer) override {
    return tx_.put_idempotent(key, answer);
  }
  Result<StoreUse> count_use(StoredClass which, const StoreCursor& after, WallTime due,
                             std::int64_t limit) override {
    return tx_.count_use(which, after, due, limit);
  }
  Result<std::vector<EndedRepair>> ended_repairs(WallTime before, const Uuid& after,
                                                 std::int64_t limit) override {
    return tx_.ended_repairs(before, after, limit);
  }
  Result<std::optional<WallTime>> retention_mark() override { return tx_.retention_mark(); }
  Result<void> put_retention_mark(WallTime at) override { return tx_.put_retention_mark(at); }
  Result<std::vector<Uuid>> erase_ended(const std::vector<Uuid>& repairs) override {
    return tx_.erase_ended(repairs);
  }
  Result<LeftoverCount> erase_leftovers(std::int64_t rows, std::int64_t bytes) override {
    return tx_.erase_leftovers(rows, bytes);
  }
  Result<PrunedPage> prune_plans(WallTime drafts, WallTime sealed, const Uuid& after,
                                 std::int64_t limit) override {
    return tx_.prune_plans(drafts, sealed, after, limit);
  }
  Result<PrunedPage> prune_decisions(WallTime before, const Uuid& after,
                                     std::int64_t limit) override {
    return tx_.prune_decisions(before, after, limit);
  }
  Result<std::int64_t> prune_idempotent(WallTime before, std::int64_t limit) override {
    return tx_.prune_idempotent(before, limit);
  }
  Result<bool> try_lock(const RangeLock& lock, bool free) override {
    return tx_.try_lock(lock, free);
  }
  Result<void> unlock(const Uuid& repair) override { return tx_.unlock(repair); }
  void stage_audit(std::string record) override { tx_.stage_audit(std::move(record)); }
  Result<void> put_checkpoint(const CheckpointRow& checkpoint) override {
    return tx_.put_checkpoint(checkpoint);
  }

 protected:
  StoreTx& tx_;
};

}  // namespace sideband::sim
