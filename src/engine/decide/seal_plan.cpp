#include "engine/decide/seal_plan.h"

#include <algorithm>

#include "engine/decide/gate_state.h"
#include "engine/decide/gather_facts.h"
#include "engine/execute/records.h"
#include "engine/execute/repair_start.h"
#include "policy/source_judge.h"

namespace sideband {
namespace {

// So often a resource comes back before somebody else is said to revert it.
constexpr std::int64_t kFlapping = 3;

// A plan is at work as long as its repair (which has the plan's id) can still act.
Result<bool> at_work(StoreReader& store, const Uuid& plan) {
  if (plan.empty()) return false;
  SB_ASSIGN(const auto repair, store.repair(plan));
  return repair && !is_terminal(repair->state) && repair->state != RepairState::kHalted;
}

// The keys of the plan that was held and then applied by a person, as long as its repair can act.
// Its drifts may name a later plan: every scan since made one, and dropped it as a repetition.
struct Applied {
  bool at_work = false;
  std::string low;
  std::string high;
  [[nodiscard]] bool covers(const std::string& key) const {
    return at_work && low <= key && key <= high;
  }
};

Result<Applied> applied_plan(StoreReader& store, const std::string& reconciler) {
  Applied applied;
  SB_ASSIGN(const auto head, store.head(reconciler));
  if (!head) return applied;
  SB_ASSIGN(applied.at_work, at_work(store, head->plan));
  if (!applied.at_work) return applied;
  SB_ASSIGN(const auto plan, store.plan(head->plan));
  applied.at_work = plan.has_value();
  if (plan) applied.low = plan->low;
  if (plan) applied.high = plan->high;
  return applied;
}

// The keys of undos that have not ended: what they put back is not drift as long as they look at
// it.
Result<std::vector<Applied>> undone_plans(StoreReader& store, const std::string& reconciler) {
  std::vector<Applied> out;
  SB_ASSIGN(const auto undos, store.active_undos(reconciler));
  for (const Uuid& id : undos) {
    SB_ASSIGN(const auto plan, store.plan(id));
    if (plan) out.push_back({true, plan->low, plan->high});
  }
  return out;
}

// Moves one drift to what this scan makes of it; true when it may be planned.
Result<bool> admit(StoreReader& store, const ReconcilerRuntime& runtime, const Applied& applied,
                   WallTime now, Drift& drift, Opened& opened) {
  if (drift.state == DriftState::kAttached) {
    SB_ASSIGN(bool busy, at_work(store, drift.plan));
    busy = busy || applied.covers(drift.key);
    if (busy) ++opened.held.busy;
    if (busy) return false;
  }
  if (drift.state == DriftState::kCooling && drift.until > now) {
    ++opened.held.cooling;
    opened.held.ripe_at = std::min(opened.held.ripe_at, drift.until);
    return false;
  }
  if (now - drift.first_seen < runtime.settings.detect.hold) {
    drift.state = DriftState::kSuspect;
    ++opened.held.suspect;
    opened.held.ripe_at =
        std::min(opened.held.ripe_at, drift.first_seen + runtime.settings.detect.hold);
    return false;
  }
  return true;
}

// The gates that say something of the desired side itself, whether or not anything differs.
std::vector<Reason> source_refusals(const Decided& decided) {
  std::vector<Reason> out;
  for (const Reason& reason : decided.refusals()) {
    if (reason.gate == GateId::kSource || reason.gate == GateId::kAllowEmpty) out.push_back(reason);
  }
  return out;
}

bool same_gates(const std::vector<Reason>& a, const std::vector<Reason>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Reason& x, const Reason& y) {
    return x.gate == y.gate && x.passes == y.passes;
  });
}

// Of everything that differs, held back or not.
SourceCount source_count(const SealRequest& request) {
  SourceCount count;
  count.desired = request.plan.counts.desired;
  count.actual = count.desired - request.missing + request.surplus;
  count.erases = request.surplus > 0;
  return count;
}

Repair make_repair(const SealReply& reply, const SealRequest& request, WallTime now) {
  Repair repair;
  repair.id = reply.plan.id;
  repair.plan = reply.plan.id;
  repair.reconciler = reply.plan.reconciler;
  repair.state = reply.decision.verdict == Verdict::kAct ? RepairState::kQueued
                                                         : RepairState::kAwaitingApproval;
  repair.undo = request.undo;
  repair.requester = request.requester;
  repair.released = request.released;
  repair.first_seen = request.first_seen;
  repair.created_at = now;
  return repair;
}

// Seals one plan inside one transaction; its steps in the order of run().
class Sealer {
 public:
  Sealer(StoreTx& store, EngineContext& context, const ReconcilerRuntimePtr& runtime,
         SealRequest request, WallTime now)
      : store_(store),
        context_(context),
        shared_channel_(runtime),
        runtime_(*runtime),
        request_(std::move(request)),
        now_(now),
        drafted_(request_.drafted) {}

  Result<SealReply> run() {
    SB_ASSIGN(const auto head, store_.head(runtime_.name()));
    head_ = head.value_or(ReconcilerHead{});
    reply_.was_open = head_.open;
    SB_TRY(adopt_scope());
    SB_TRY(add_rest());
    reply_.planned = request_.plan.counts.changes() > 0;
    reply_.open = request_.plan.counts.changes() + request_.held.total();
    if (request_.held.ripe_at != WallTime::max()) reply_.ripe_at = request_.held.ripe_at;
    if (!reply_.planned && !whole()) return std::move(reply_);
    if (whole()) judge_source();
    SB_TRY(judge());
    SB_TRY(reply_.planned ? settle_plan() : settle_nothing());
    if (whole()) note_scan();
    // The head tells of scans and of the plan that is held; a repair of some keys is neither.
    if (whole() || !reply_.has_repair) SB_TRY(store_.put_head(runtime_.name(), head_));
    return std::move(reply_);
  }

 private:
  [[nodiscard]] bool whole() const { return request_.plan.whole; }

  // Caps go with what is protected, whatever it is called now.
  Result<void> adopt_scope() {
    if (head_.scope == runtime_.scope) return {};
    SB_TRY(adopt_windows(store_, runtime_, head_.scope));
    head_.scope = runtime_.scope;
    return store_.put_head(runtime_.name(), head_);
  }

  Result<void> add_rest() {
    if (request_.rest.empty()) return {};
    const std::int64_t scan = whole() ? request_.scan : head_.scan;
    SB_ASSIGN(Opened opened, open_drifts(store_, runtime_, request_.plan.id, scan, now_,
                                         std::move(request_.rest)));
    request_.first_seen = std::min(request_.first_seen, opened.first_seen);
    request_.held.add(opened.held);
    reply_.fresh = std::move(opened.fresh);
    count_changes(opened.changes, request_.plan, request_.hasher);
    if (opened.changes.empty()) return {};
    changes_ = std::move(opened.changes);
    return store_.insert_chunk(request_.plan.id, request_.plan.chunks++, encode_changes(changes_));
  }

  void judge_source() {
    const GuardrailSettings* site = runtime_.guardrails ? &*runtime_.guardrails : nullptr;
    const Duration window = baseline_window(runtime_.settings.gates, site);
    head_.source = after_scan(std::move(head_.source), source_count(request_),
                              runtime_.settings.detect.allow_empty, window, now_);
  }

  Result<void> judge() {
    // It may start in this transaction.
    SB_TRY(store_.lock_switches(SwitchLock::kShared));
    request_.plan.hash = request_.hasher.hex();
    const Subject subject{.phase = Phase::kDecide,
                          .runtime = runtime_,
                          .plan = request_.plan,
                          .undo = request_.undo,
                          .requester = request_.requester,
                          .released = request_.released,
                          .fresh_count = request_.fresh_count,
                          .place = no_place()};
    SB_ASSIGN(const Facts facts, gather_facts(store_, subject, head_, now_));
    decided_ = decide(facts);
    request_.plan.state = PlanState::kSealed;
    if (!whole()) request_.plan.counts.desired = head_.source.desired;
    reply_.plan = request_.plan;
    reply_.decision = {request_.decision, runtime_.name(), request_.plan.id, now_,
                       decided_.verdict,  decided_.reasons};
    return {};
  }

  // A plan that was held before by the same gates is not news: nothing of it is kept.
  Result<void> settle_plan() {
    SB_ASSIGN(reply_.repeated, repeats());
    if (reply_.repeated) {
      head_.refusals = decided_.refusals();
      return store_.erase_plan(request_.plan.id);
    }
    reply_.has_repair = decided_.verdict != Verdict::kHold;
    if (reply_.has_repair) reply_.repair = make_repair(reply_, request_, now_);
    SB_TRY(store_decided());
    if (!whole() && reply_.has_repair) return {};
    SB_TRY(forget_held_plan());
    head_.plan = reply_.has_repair ? Uuid() : request_.plan.id;
    head_.plan_hash = reply_.has_repair ? "" : request_.plan.hash;
    head_.refusals = reply_.has_repair ? std::vector<Reason>() : decided_.refusals();
    return {};
  }

  // Held before by the same gates. One that had its repair (cancelled, expired) is spent; a person
  // may want the same again.
  Result<bool> repeats() {
    const bool same = decided_.verdict == Verdict::kHold && head_.plan_hash == request_.plan.hash &&
                      same_gates(head_.refusals, decided_.refusals());
    if (!same) return false;
    // Under another configuration it is news: the plan that is held could not be applied any more.
    SB_ASSIGN(const auto held, store_.plan(head_.plan));
    if (!held || held->reconciler_version != request_.plan.reconciler_version ||
        held->guardrails_version != request_.plan.guardrails_version) {
      return false;
    }
    SB_ASSIGN(const auto earlier, store_.repair(head_.plan));
    return !(earlier && is_terminal(earlier->state));
  }

  Result<void> settle_nothing() {
    if (drafted_) SB_TRY(store_.erase_plan(request_.plan.id));
    // What is held may be all that waits for its time now, or a repair is at work on it.
    if (request_.held.total() > 0 && !head_.plan.empty()) return {};
    SB_TRY(forget_held_plan());
    head_.plan = Uuid();
    head_.plan_hash.clear();
    head_.refusals = source_refusals(decided_);
    return {};
  }

  void note_scan() {
    if (request_.finds_extras) head_.extras = request_.extras;
    head_.unknown = request_.unknown;
    head_.first_unknown = request_.first_unknown;
    head_.open = request_.plan.counts.changes() + request_.held.total();
    head_.suspect = request_.held.suspect;
    head_.cooling = request_.held.cooling;
    head_.busy = request_.held.busy;
    head_.failed = request_.held.failed;
    head_.flapping = request_.held.flapping;
    head_.ripe_at = reply_.ripe_at.value_or(WallTime());
    head_.scanned_at = request_.plan.observed_at;
  }

  Result<void> forget_held_plan() {
    if (head_.plan.empty()) return {};
    SB_ASSIGN(const auto repair, store_.repair(head_.plan));
    if (repair) return {};
    return store_.erase_plan(head_.plan);
  }

  Result<void> store_decided() {
    SB_TRY(drafted_ ? store_.update_plan(reply_.plan) : store_.insert_plan(reply_.plan));
    SB_TRY(store_.insert_decision(reply_.decision));
    store_.stage_audit(decision_record(reply_.decision, reply_.plan, request_.requester));
    if (!reply_.has_repair) return {};
    SB_TRY(note_job(store_, request_.request, reply_.repair.id, now_));
    SB_TRY(try_start());
    return store_.insert_repair(reply_.repair);
  }

  Result<void> try_start() {
    if (request_.salt.empty()) return {};
    RepairJob job;
    job.repair = reply_.repair;
    job.plan = reply_.plan;
    job.runtime = shared_channel_;
    job.changes = make_chunk(std::move(changes_));
    SB_ASSIGN(const bool started, start_at_once(store_, context_, job, request_.salt, now_));
    if (!started) return {};
    reply_.repair = job.repair;
    reply_.job = std::move(job);
    return {};
  }

  StoreTx& store_;
  EngineContext& context_;
  const ReconcilerRuntimePtr& shared_channel_;
  const ReconcilerRuntime& runtime_;
  SealRequest request_;
  std::vector<Change> changes_;  // of the last chunk
  WallTime now_;
  bool drafted_;
  ReconcilerHead head_;
  Decided decided_;
  SealReply reply_;
};

}  // namespace

void HeldBack::add(const HeldBack& more) {
  suspect += more.suspect;
  busy += more.busy;
  cooling += more.cooling;
  failed += more.failed;
  flapping += more.flapping;
  ripe_at = std::min(ripe_at, more.ripe_at);
}

Result<void> drop_draft(StoreTx& store, const Uuid& plan) {
  SB_ASSIGN(const auto row, store.plan(plan));
  const bool draft = row && row->state == PlanState::kDraft;
  return draft ? store.erase_plan(plan) : Result<void>();
}

void count_changes(const std::vector<Change>& changes, Plan& plan, PlanHasher& hasher) {
  for (const Change& change : changes) {
    hasher.add(change);
    plan.counts.create += change.op == ChangeOp::kCreate ? 1 : 0;
    plan.counts.update += change.op == ChangeOp::kUpdate ? 1 : 0;
    plan.counts.erase += change.op == ChangeOp::kDelete ? 1 : 0;
    const bool first = plan.counts.changes() == 1;
    if (first || change.key < plan.low) plan.low = change.key;
    if (first || change.key > plan.high) plan.high = change.key;
  }
}

Result<Opened> open_drifts(StoreTx& store, const ReconcilerRuntime& runtime, const Uuid& plan,
                           std::int64_t scan, WallTime now, std::vector<Change> candidates) {
  Opened opened;
  std::vector<std::string> keys;
  for (const Change& change : candidates) keys.push_back(change.key);
  SB_ASSIGN(const auto known, store.drifts(runtime.name(), keys));
  SB_ASSIGN(const Applied applied, applied_plan(store, runtime.name()));
  SB_ASSIGN(const auto undone, undone_plans(store, runtime.name()));
  std::vector<Drift> rows;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Drift drift = known[i].value_or(Drift{});
    const bool came_back = known[i] && drift.first_seen == WallTime();
    if (came_back) ++drift.reopens;
    if (drift.attempts >= kPersonsAttempts) ++opened.held.failed;
    if (drift.reopens >= kFlapping) ++opened.held.flapping;
    drift.key = candidates[i].key;
    if (came_back || !known[i]) {
      drift.first_seen = now;
      opened.fresh.add(drift.key);
    }
    drift.scan = scan;
    const bool held = std::any_of(undone.begin(), undone.end(),
                                  [&](const Applied& undo) { return undo.covers(drift.key); });
    if (held) {
      ++opened.held.busy;
      rows.push_back(std::move(drift));
      continue;
    }
    SB_ASSIGN(const bool admitted, admit(store, runtime, applied, now, drift, opened));
    if (admitted) {
      drift.state = DriftState::kAttached;
      drift.plan = plan;
      opened.first_seen = std::min(opened.first_seen, drift.first_seen);
      opened.changes.push_back(std::move(candidates[i]));
    }
    rows.push_back(std::move(drift));
  }
  SB_TRY(store.put_drifts(runtime.name(), rows));
  return opened;
}

Result<SealReply> seal_plan(StoreTx& store, EngineContext& context,
                            const ReconcilerRuntimePtr& runtime, SealRequest request,
                            WallTime now) {
  return Sealer(store, context, runtime, std::move(request), now).run();
}

}  // namespace sideband
