#include "engine/decide/seal_plan.h"

#include <algorithm>

#include "engine/decide/gather_facts.h"
#include "engine/decide/load_head.h"
#include "engine/decide/settle_plan.h"
#include "engine/execute/claim.h"
#include "engine/execute/records.h"
#include "engine/execute/repair_start.h"
#include "policy/source_judge.h"

namespace sideband {
namespace {

// Of everything that differs, held back or not.
SourceCount source_count(const SealRequest& request) {
  SourceCount count;
  count.desired = request.plan.counts.desired;
  count.actual = count.desired - request.missing + request.surplus;
  count.erases = request.surplus > 0;
  return count;
}

// What the store knows of the source, and what this whole scan saw of it.
void judge_source(ReconcilerHead& head, const ReconcilerRuntime& runtime,
                  const SealRequest& request, WallTime now) {
  const GuardrailSettings* site = runtime.guardrails ? &*runtime.guardrails : nullptr;
  const Duration window = baseline_window(runtime.settings.gates, site);
  head.source = after_scan(std::move(head.source), source_count(request),
                           runtime.settings.detect.allow_empty, window, now);
}

// Of the plan of `request`, whose hash is known.
Result<Facts> gather(StoreReader& store, const EngineContext& context,
                     const ReconcilerRuntime& runtime, const SealRequest& request,
                     const ReconcilerHead& head, WallTime now) {
  const Subject subject{.phase = Phase::kDecide,
                        .runtime = runtime,
                        .plan = request.plan,
                        .undo = request.undo,
                        .requester = request.requester,
                        .released = request.released,
                        .fresh_count = request.fresh_count,
                        .unsigned_for = context.unsigned_for(),
                        .place = no_place(),
                        .signals = context.signals->numbers(),
                        .policies = request.policies};
  return gather_facts(store, subject, head, now);
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
    SB_TRY(context_.check_in_force(runtime_));
    SB_ASSIGN(head_, adopt_head(store_, runtime_));
    reply_.was_open = head_.open;
    SB_TRY(add_rest());
    reply_.planned = request_.plan.counts.changes() > 0;
    reply_.open = request_.plan.counts.changes() + request_.held.total();
    if (request_.held.ripe_at != WallTime::max()) reply_.ripe_at = request_.held.ripe_at;
    if (!reply_.planned && !whole()) return std::move(reply_);
    if (whole()) judge_source(head_, runtime_, request_, now_);
    SB_TRY(judge());
    SB_ASSIGN(const HeldPlan held, held_plan());
    const Uuid held_id = head_.plan;
    Settled settled =
        settle(std::move(head_), held, request_.plan, decided_, request_.held.total());
    head_ = std::move(settled.head);
    if (whole()) note_scan();
    SB_TRY(write(settled, held_id));
    return std::move(reply_);
  }

 private:
  [[nodiscard]] bool whole() const { return request_.plan.whole; }

  Result<void> add_rest() {
    if (request_.rest.empty()) return {};
    const std::int64_t scan = whole() ? request_.scan : head_.scan;
    SB_ASSIGN(Opened opened,
              open_drifts(store_, runtime_, {request_.plan.id, scan, request_.by_person(), now_},
                          request_.rest));
    std::vector<Change> planned;
    for (const std::size_t i : opened.admitted) planned.push_back(std::move(request_.rest[i]));
    request_.first_seen = std::min(request_.first_seen, opened.first_seen);
    request_.held.add(opened.held);
    reply_.fresh = std::move(opened.fresh);
    reply_.flapping = std::move(opened.flapping);
    count_changes(planned, request_.plan, request_.hasher);
    if (planned.empty()) return {};
    changes_ = std::move(planned);
    return store_.insert_chunk(request_.plan.id, request_.plan.chunks++, encode_changes(changes_));
  }

  Result<void> judge() {
    // It may start in this transaction.
    SB_TRY(store_.lock_switches(SwitchLock::kShared));
    request_.plan.hash = request_.hasher.hex();
    SB_ASSIGN(const Facts facts, gather(store_, context_, runtime_, request_, head_, now_));
    decided_ = decide(facts);
    request_.plan.state = PlanState::kSealed;
    if (!whole()) request_.plan.counts.desired = head_.source.desired;
    reply_.plan = request_.plan;
    reply_.decision = {request_.decision, runtime_.name(), request_.plan.id, now_,
                       decided_.verdict,  decided_.reasons};
    return {};
  }

  Result<HeldPlan> held_plan() {
    HeldPlan held;
    if (head_.plan.empty() || !asks_held(request_.plan, decided_)) return held;
    SB_ASSIGN(held.plan, store_.plan(head_.plan));
    SB_ASSIGN(held.repair, store_.repair(head_.plan));
    return held;
  }

  Result<void> write(const Settled& settled, const Uuid& held) {
    reply_.repeated = settled.fate == PlanFate::kRepeated;
    reply_.has_repair = settled.fate == PlanFate::kRepaired;
    if (reply_.has_repair) reply_.repair = make_repair(reply_, request_, now_);
    if (reply_.repeated || (!reply_.planned && drafted_)) {
      SB_TRY(store_.erase_plan(request_.plan.id));
    } else if (reply_.planned) {
      SB_TRY(store_decided());
    }
    if (settled.forgets_held) SB_TRY(store_.erase_plan(held));
    return settled.writes_head ? store_.put_head(runtime_.name(), head_) : Result<void>();
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
    // What was drafted is not in memory any more: who claims it reads and hashes it again.
    if (request_.salt.empty() || changes_.empty()) return {};
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

Result<Facts> facts_to_seal(StoreReader& store, const EngineContext& context,
                            const ReconcilerRuntime& runtime, const SealRequest& request,
                            WallTime now) {
  SealRequest asked = request;
  asked.plan.hash = asked.hasher.hex();
  SB_ASSIGN(ReconcilerHead head, load_head(store, runtime));
  if (asked.plan.whole) judge_source(head, runtime, asked, now);
  return gather(store, context, runtime, asked, head, now);
}

Result<void> drop_draft(StoreTx& store, const Uuid& plan) {
  SB_ASSIGN(const auto row, store.plan(plan));
  const bool draft = row && row->state == PlanState::kDraft;
  return draft ? store.erase_plan(plan) : Result<void>();
}

void count_changes(const std::vector<Change>& changes, Plan& plan, PlanHasher& hasher) {
  std::vector<Digest> leaves;
  leaves.reserve(changes.size());
  for (const Change& change : changes) leaves.push_back(PlanHasher::leaf_of(change));
  count_changes(changes, leaves, plan, hasher);
}

void count_changes(const std::vector<Change>& changes, const std::vector<Digest>& leaves,
                   Plan& plan, PlanHasher& hasher) {
  SB_CHECK(leaves.size() == changes.size());
  for (const Digest& leaf : leaves) hasher.add(leaf);
  for (const Change& change : changes) {
    plan.counts.create += change.op == ChangeOp::kCreate ? 1 : 0;
    plan.counts.update += change.op == ChangeOp::kUpdate ? 1 : 0;
    plan.counts.erase += change.op == ChangeOp::kDelete ? 1 : 0;
    const bool first = plan.counts.changes() == 1;
    if (first || change.key < plan.low) plan.low = change.key;
    if (first || change.key > plan.high) plan.high = change.key;
  }
}

Result<SealReply> seal_plan(StoreTx& store, EngineContext& context,
                            const ReconcilerRuntimePtr& runtime, SealRequest request,
                            WallTime now) {
  return Sealer(store, context, runtime, std::move(request), now).run();
}

}  // namespace sideband
