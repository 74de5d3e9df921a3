#include "simulation/planted_store.h"

#include <algorithm>

#include "policy/gates/gate.h"
#include "policy/playbook_pin.h"
#include "policy/source_judge.h"
#include "support/scratch_rows.h"

namespace sideband::sim {
namespace {

// Where kUndoForward keeps by which claim a run began to be taken back.
std::string turned_value(const Uuid& repair) {
  return "@turned/" + repair.text();
}

// Where kAcceptsForAll keeps that a source was accepted.
constexpr const char* kAccepted = "@accepted";

// Hands everything on; subclasses change one thing.
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
  Result<std::optional<SignalHold>> signal_hold(const std::string& rule) override {
    return tx_.signal_hold(rule);
  }
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
                                           WallTime rested, std::int64_t limit) override {
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
  Result<void> put_signal_hold(const std::string& rule, SignalHold hold) override {
    return tx_.put_signal_hold(rule, std::move(hold));
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

class Planted final : public PassOn {
 public:
  Planted(StoreTx& tx, Bug bug) : PassOn(tx), bug_(bug) {}

  Result<std::optional<std::vector<WindowSlot>>> window(const WindowKey& key) override {
    using Slots = std::optional<std::vector<WindowSlot>>;
    return bug_ == Bug::kGateOutsideClaim ? Result<Slots>(Slots()) : PassOn::window(key);
  }
  // The way back as every claim but the first sees it: the steps of the run stand on their heads.
  Result<std::string> chunk(const Uuid& plan, std::int64_t seq) override {
    SB_ASSIGN(std::string bytes, PassOn::chunk(plan, seq));
    SB_ASSIGN(const bool turned, is_turned(plan));
    if (seq != 0 || !turned) return bytes;
    SB_ASSIGN(PlaybookRun run, run_of_chunk(bytes));
    std::reverse(run.playbook.steps.begin(), run.playbook.steps.end());
    return encode_changes({change_of_run(run)});
  }
  Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from,
                                  std::int64_t limit) override {
    SB_ASSIGN(auto rows, PassOn::steps(repair, from, limit));
    SB_ASSIGN(const bool forgets, forgets_step(repair));
    const bool done = rows.size() > 1 && rows.back().state == StepState::kDone;
    if (forgets && done) rows.pop_back();
    SB_ASSIGN(const bool turned, is_turned(repair));
    if (!turned) return rows;
    SB_ASSIGN(const std::int64_t last, last_step(repair));
    for (Step& row : rows) turn(row, last);
    return rows;
  }
  Result<void> put_step(const Uuid& repair, const Step& step) override {
    SB_ASSIGN(const bool turned, is_turned(repair));
    // Whoever began the way back remembers the right order: it has to lose the run.
    if (bug_ == Bug::kUndoForward && step.undo && !turned) return Error::conflict("taken away");
    if (!turned) return PassOn::put_step(repair, step);
    SB_ASSIGN(const std::int64_t last, last_step(repair));
    Step row = step;
    turn(row, last);
    return PassOn::put_step(repair, row);
  }
  Result<void> put_window(const WindowKey& key, std::vector<WindowSlot> slots) override {
    return bug_ == Bug::kForgetfulGate ? Result<void>() : PassOn::put_window(key, std::move(slots));
  }
  Result<void> put_crashes(const Uuid& repair, std::optional<CrashCount> count) override {
    return bug_ == Bug::kNoDeathCap ? Result<void>() : PassOn::put_crashes(repair, count);
  }
  Result<std::optional<Plan>> plan(const Uuid& id) override {
    SB_ASSIGN(auto found, PassOn::plan(id));
    if (bug_ != Bug::kIgnoresVersion || !found) return found;
    SB_ASSIGN(const auto newest, scratch(tx_, newest_version(found->reconciler)));
    if (newest) found->reconciler_version = *newest;
    return found;
  }
  // Of a new name it is not known either.
  Result<std::optional<SourceState>> source(const std::string& scope) override {
    if (bug_ == Bug::kSourceByDefault) return std::optional<SourceState>();
    return PassOn::source(scope);
  }
  Result<std::optional<ReconcilerHead>> head(const std::string& reconciler) override {
    SB_ASSIGN(auto found, PassOn::head(reconciler));
    const bool unseen = !found || found->source.baseline < 0;
    if (bug_ == Bug::kSourceByDefault && unseen) {
      if (!found) found.emplace();
      found->source.baseline = found->source.fewest = found->source.desired = 0;
      found->source.condition = SourceCondition::kGood;
    }
    if (!found) return found;
    SB_ASSIGN(const auto accepted, scratch(tx_, kAccepted));
    const bool believes =
        (bug_ == Bug::kClaimUnasked && claims_) || (bug_ == Bug::kAcceptsForAll && accepted);
    if (believes) believe(found->source);
    return found;
  }
  Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head) override {
    SB_ASSIGN(const auto before, PassOn::head(reconciler));
    const bool was_suspect = before && is_suspect(before->source);
    ReconcilerHead row = head;
    if (bug_ == Bug::kForgetsSuspicion && was_suspect && is_suspect(row.source)) {
      row.source.condition = SourceCondition::kGood;
    }
    // Only a person makes it good without a whole scan.
    const bool accepts = was_suspect && !is_suspect(head.source) && head.scan == before->scan &&
                         !before->source.acceptance.by.empty();
    if (bug_ == Bug::kAcceptsForAll && accepts) SB_TRY(put_scratch(tx_, kAccepted, reconciler));
    return PassOn::put_head(reconciler, row);
  }
  void stage_audit(std::string record) override {
    const bool intent = record.find("\"kind\":\"intent\"") != std::string::npos;
    if (bug_ == Bug::kUnrecordedIntent && intent) return;
    PassOn::stage_audit(std::move(record));
  }
  Result<void> update_repair(const Repair& repair) override {
    const bool back = repair.state == RepairState::kCompensating;
    if (bug_ == Bug::kUndoForward && back && repair.kind() == JobKind::kRun) {
      SB_ASSIGN(const auto since, scratch(tx_, turned_value(repair.id)));
      if (!since) {
        SB_TRY(put_scratch(tx_, turned_value(repair.id), std::to_string(repair.token)));
        Repair free = repair;
        free.lease_owner.clear();
        free.lease_until = 0;
        return PassOn::update_repair(free);
      }
    }
    if (bug_ != Bug::kNoTokenCheck) return PassOn::update_repair(repair);
    SB_ASSIGN(const auto stored, PassOn::repair(repair.id));
    Repair forged = repair;
    if (stored) forged.token = stored->token;
    return PassOn::update_repair(forged);
  }
  Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) override {
    claims_ = true;
    ClaimRequest hasty = request;
    if (bug_ == Bug::kClaimsTwice) hasty.now += request.lease.count();
    SB_ASSIGN(auto claimed, PassOn::claim_repairs(hasty));
    if (bug_ != Bug::kReleasesAll) return claimed;
    for (Repair& repair : claimed) {
      if (repair.released.empty()) continue;
      for (const GateSpec& gate : all_gates()) repair.released.add(gate.id);
    }
    return claimed;
  }

 private:
  // By every claim but the one that began the way back.
  Result<bool> is_turned(const Uuid& id) {
    if (bug_ != Bug::kUndoForward) return false;
    SB_ASSIGN(const auto since, scratch(tx_, turned_value(id)));
    SB_ASSIGN(const auto repair, PassOn::repair(id));
    return since && repair && *since != std::to_string(repair->token);
  }
  Result<bool> forgets_step(const Uuid& id) {
    if (bug_ != Bug::kForgetsStep) return false;
    SB_ASSIGN(const auto repair, PassOn::repair(id));
    return repair && repair->kind() == JobKind::kRun;
  }
  Result<std::int64_t> last_step(const Uuid& plan) {
    SB_ASSIGN(const std::string bytes, PassOn::chunk(plan, 0));
    SB_ASSIGN(const PlaybookRun run, run_of_chunk(bytes));
    return std::ssize(run.playbook.steps) - 1;
  }
  static void turn(Step& row, std::int64_t last) {
    row.from = last - row.from;
    row.to = row.from + 1;
  }

  static bool is_suspect(const SourceState& source) {
    return source.condition == SourceCondition::kSuspect;
  }
  static void believe(SourceState& source) {
    if (is_suspect(source)) source = after_acceptance(std::move(source), source.since);
  }

  const Bug bug_;
  bool claims_ = false;  // this function is a claim
};

constexpr std::string_view kLost = "lost on purpose";

bool in_store(Bug bug) {
  return bug == Bug::kGateOutsideClaim || bug == Bug::kForgetfulGate ||
         bug == Bug::kIgnoresVersion || bug == Bug::kUnrecordedIntent ||
         bug == Bug::kNoTokenCheck || bug == Bug::kClaimsTwice || bug == Bug::kUndoForward ||
         bug == Bug::kForgetsStep || bug == Bug::kNoDeathCap || bug == Bug::kSourceByDefault ||
         bug == Bug::kClaimUnasked || bug == Bug::kForgetsSuspicion || bug == Bug::kAcceptsForAll ||
         bug == Bug::kReleasesAll;
}

struct BugText {
  std::string_view name;
  std::string_view property;
};

constexpr BugText kTexts[kBugs] = {
    {"none", ""},
    {"no-reread", "P-5"},
    {"wrong-order", "P-5"},
    {"no-fence", "P-5"},
    {"no-precondition", "P-5"},
    {"lost-commit", "P-3"},
    {"gate-outside-claim", "P-9"},
    {"forgetful-gate", "P-9"},
    {"ignores-version", "P-13"},
    {"unrecorded-intent", "P-3"},
    {"no-token-check", "P-4"},
    {"claims-twice", "P-6"},
    {"validates-by-memory", "P-14"},
    {"blind-step", "P-7"},
    {"undo-forward", "P-8"},
    {"forgets-step", "P-7"},
    {"no-death-cap", "P-18"},
    {"forgets-signed", "P-16"},
    {"source-by-default", "P-11"},
    {"claim-unasked", "P-11"},
    {"forgets-suspicion", "P-11"},
    {"accepts-for-all", "P-11"},
    {"releases-all", "P-11"},
};

}  // namespace

std::string_view bug_name(Bug bug) {
  return kTexts[static_cast<std::size_t>(bug)].name;
}

std::string_view bug_property(Bug bug) {
  return kTexts[static_cast<std::size_t>(bug)].property;
}

StoreFn plant(Bug bug, StoreFn fn) {
  if (!in_store(bug)) return fn;
  return [bug, fn = std::move(fn)](StoreTx& tx) -> Result<void> {
    Planted planted(tx, bug);
    return fn(planted);
  };
}

StoreReadFn plant_read(Bug bug, StoreReadFn fn) {
  if (bug != Bug::kUndoForward && bug != Bug::kForgetsStep) return fn;
  return [bug, fn = std::move(fn)](StoreReader& reader) -> Result<void> {
    // Every reader here is a whole transaction (SimDatabase::look).
    Planted planted(dynamic_cast<StoreTx&>(reader), bug);
    return fn(planted);
  };
}

StoreFn lose(StoreFn fn) {
  return [fn = std::move(fn)](StoreTx& tx) -> Result<void> {
    SB_TRY(fn(tx));
    return Error::refused(std::string(kLost));
  };
}

bool was_lost(const Result<void>& result) {
  return !result.ok() && result.error().message == kLost;
}

}  // namespace sideband::sim
