#include "engine/decide/planner.h"

#include <algorithm>

#include "engine/decide/gate_state.h"
#include "engine/execute/records.h"

namespace sideband {
namespace {

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
  SB_ASSIGN(const auto undos, undos_at_work(store, reconciler));
  for (const Uuid& id : undos) {
    SB_ASSIGN(const auto plan, store.plan(id));
    if (plan) out.push_back({true, plan->low, plan->high});
  }
  return out;
}

// Moves one drift to what this scan makes of it; true when it may be planned.
Result<bool> admit(StoreReader& store, const Channel& channel, const Applied& applied, WallTime now,
                   Drift& drift, Opened& opened) {
  if (drift.state == DriftState::kAttached) {
    SB_ASSIGN(bool busy, at_work(store, drift.plan));
    busy = busy || applied.covers(drift.key);
    if (busy) ++opened.busy;
    if (busy) return false;
  }
  if (drift.state == DriftState::kCooling && drift.until > now) {
    ++opened.cooling;
    return false;
  }
  if (now - drift.first_seen < channel.settings.detect.hold) {
    drift.state = DriftState::kSuspect;
    ++opened.suspect;
    return false;
  }
  return true;
}

std::string gate_of(const std::string& headline) {
  return headline.substr(0, headline.find(':'));
}

// What the last whole scan found wrong with the desired side holds for a look at some keys too.
bool source_suspect(const ReconcilerHead& head) {
  const std::string gate = gate_of(head.note);
  return head.verdict == verdict_name(Verdict::kHold) && (gate == "source" || gate == "allowEmpty");
}

// How many items the desired side has; a look at some keys does not see that by itself. -1 = it
// cannot be told.
std::int64_t desired_items(const SealRequest& request, const ReconcilerHead& head) {
  if (request.whole) return request.plan.counts.desired;
  const bool erases = request.plan.counts.erase > 0 && !request.undo;
  if (erases && request.source_empty) return 0;
  return erases && source_suspect(head) ? -1 : head.last_good_desired;
}

DecideInput decide_input(const Channel& channel, const SealRequest& request,
                         const ReconcilerHead& head, const GateState& gates, WallTime now) {
  DecideInput input;
  input.now = now;
  input.reconciler = &channel.settings;
  input.guardrails = channel.guardrails ? &*channel.guardrails : nullptr;
  input.counts = request.plan.counts;
  input.counts.desired = desired_items(request, head);
  input.observed_at = request.plan.observed_at;
  input.last_good_desired = head.last_good_desired;
  input.whole_scan = request.whole;
  input.window = gates.window;
  input.site_window = gates.site_window;
  input.pause = gates.pause;
  input.requester = request.requester;
  input.released = request.released;
  input.undo = request.undo;
  return input;
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
  for (const std::string& gate : request.released) {
    repair.released += (repair.released.empty() ? "" : ",") + gate;
  }
  repair.first_seen = request.first_seen;
  repair.created_at = now;
  return repair;
}

// Seals one plan inside one transaction; its steps in the order of run().
class Sealer {
 public:
  Sealer(StoreTx& store, EngineContext& context, const ChannelPtr& channel, SealRequest request,
         WallTime now)
      : store_(store),
        context_(context),
        shared_channel_(channel),
        channel_(*channel),
        request_(std::move(request)),
        now_(now),
        drafted_(request_.drafted) {}

  Result<SealReply> run() {
    SB_ASSIGN(const auto head, store_.head(channel_.name()));
    head_ = head.value_or(ReconcilerHead{});
    SB_TRY(add_rest());
    reply_.planned = request_.plan.counts.changes() > 0;
    reply_.open = request_.plan.counts.changes() + request_.held;
    if (!reply_.planned && !request_.whole) return std::move(reply_);
    SB_TRY(judge());
    SB_TRY(reply_.planned ? settle_plan() : settle_nothing());
    if (request_.whole) note_scan();
    // The head tells of scans and of the plan that is held; a repair of some keys is neither.
    const bool head_moved = request_.whole || !reply_.has_repair;
    if (head_moved) SB_TRY(store_.put_head(channel_.name(), head_));
    return std::move(reply_);
  }

 private:
  Result<void> add_rest() {
    if (request_.rest.empty()) return {};
    const std::int64_t scan = request_.whole ? request_.scan : head_.scan;
    SB_ASSIGN(Opened opened, open_drifts(store_, channel_, request_.plan.id, scan, now_,
                                         std::move(request_.rest)));
    request_.first_seen = std::min(request_.first_seen, opened.first_seen);
    request_.held += opened.suspect + opened.busy + opened.cooling;
    count_changes(opened.changes, request_.plan, request_.hasher);
    if (opened.changes.empty()) return {};
    changes_ = std::move(opened.changes);
    return store_.insert_chunk(request_.plan.id, request_.plan.chunks++, encode_changes(changes_));
  }

  Result<void> judge() {
    // It may start in this transaction.
    SB_TRY(store_.hold_switches(Switches::kKeep));
    SB_ASSIGN(const GateState gates, load_gates(store_, channel_.name()));
    request_.plan.hash = request_.hasher.hex();
    DecideInput input = decide_input(channel_, request_, head_, gates, now_);
    SB_ASSIGN(input.declined, declined_by(store_, channel_.name(), request_.plan.hash));
    decided_ = decide(input);
    request_.plan.state = PlanState::kSealed;
    request_.plan.counts.desired = input.counts.desired;
    reply_.plan = request_.plan;
    reply_.decision = {request_.decision, channel_.name(), request_.plan.id, now_,
                       decided_.verdict,  decided_.reasons};
    return {};
  }

  // A plan that was held before for the same gate is not news: nothing of it is kept.
  Result<void> settle_plan() {
    const std::string headline = decided_.headline();
    SB_ASSIGN(reply_.repeated, repeats(headline));
    if (reply_.repeated) return store_.erase_plan(request_.plan.id);
    reply_.has_repair =
        decided_.verdict == Verdict::kAct || decided_.verdict == Verdict::kAwaitApproval;
    if (reply_.has_repair) reply_.repair = make_repair(reply_, request_, now_);
    SB_TRY(store_decided());
    if (!request_.whole && reply_.has_repair) return {};
    SB_TRY(forget_held_plan());
    head_.plan = reply_.has_repair ? Uuid() : request_.plan.id;
    head_.plan_hash = reply_.has_repair ? "" : request_.plan.hash;
    head_.verdict = verdict_name(decided_.verdict);
    head_.note = headline;
    return {};
  }

  // Held before for the same gate. One that had its repair (cancelled, expired) is spent; a person
  // may want the same again.
  Result<bool> repeats(const std::string& headline) {
    const bool same = decided_.verdict == Verdict::kHold && head_.plan_hash == request_.plan.hash &&
                      gate_of(head_.note) == gate_of(headline);
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
    if (request_.held > 0) return {};
    SB_TRY(forget_held_plan());
    head_.plan = Uuid();
    head_.plan_hash.clear();
    const Truth source = source_truth();
    head_.verdict = source != Truth::kTrue ? "hold" : request_.unknown > 0 ? "unknown" : "in_sync";
    head_.note = source != Truth::kTrue ? decided_.headline() : "";
    return {};
  }

  // Nothing differs: only what is said of the desired side itself still matters.
  [[nodiscard]] Truth source_truth() const {
    for (const Reason& reason : decided_.reasons) {
      if ((reason.gate == "source" || reason.gate == "allowEmpty") &&
          reason.passes != Truth::kTrue) {
        return reason.passes;
      }
    }
    return Truth::kTrue;
  }

  void note_scan() {
    if (request_.finds_extras) head_.extras = request_.extras;
    head_.unknown = request_.unknown;
    head_.open = request_.plan.counts.changes() + request_.held;
    head_.scanned_at = request_.plan.observed_at;
    // A suspect source is no measure for the next scans.
    const std::int64_t desired = request_.plan.counts.desired;
    if (desired > 0 && desired * 2 >= head_.last_good_desired) head_.last_good_desired = desired;
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
    job.channel = shared_channel_;
    job.changes = make_chunk(std::move(changes_));
    SB_ASSIGN(const bool started, start_at_once(store_, context_, job, request_.salt, now_));
    if (!started) return {};
    reply_.repair = job.repair;
    reply_.job = std::move(job);
    return {};
  }

  StoreTx& store_;
  EngineContext& context_;
  const ChannelPtr& shared_channel_;
  const Channel& channel_;
  SealRequest request_;
  std::vector<Change> changes_;  // of the last chunk
  WallTime now_;
  bool drafted_;
  ReconcilerHead head_;
  DecideOutput decided_;
  SealReply reply_;
};

}  // namespace

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

Result<Opened> open_drifts(StoreTx& store, const Channel& channel, const Uuid& plan,
                           std::int64_t scan, WallTime now, std::vector<Change> candidates) {
  Opened opened;
  std::vector<std::string> keys;
  for (const Change& change : candidates) keys.push_back(change.key);
  SB_ASSIGN(const auto known, store.drifts(channel.name(), keys));
  SB_ASSIGN(const Applied applied, applied_plan(store, channel.name()));
  SB_ASSIGN(const auto undone, undone_plans(store, channel.name()));
  std::vector<Drift> rows;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Drift drift = known[i].value_or(Drift{});
    if (!known[i]) drift.first_seen = now;
    drift.key = candidates[i].key;
    drift.scan = scan;
    const bool held = std::any_of(undone.begin(), undone.end(),
                                  [&](const Applied& undo) { return undo.covers(drift.key); });
    if (held) {
      ++opened.busy;
      rows.push_back(std::move(drift));
      continue;
    }
    SB_ASSIGN(const bool admitted, admit(store, channel, applied, now, drift, opened));
    if (admitted) {
      drift.state = DriftState::kAttached;
      drift.plan = plan;
      opened.first_seen = std::min(opened.first_seen, drift.first_seen);
      opened.changes.push_back(std::move(candidates[i]));
    }
    rows.push_back(std::move(drift));
  }
  SB_TRY(store.put_drifts(channel.name(), rows));
  return opened;
}

Result<SealReply> seal_plan(StoreTx& store, EngineContext& context, const ChannelPtr& channel,
                            SealRequest request, WallTime now) {
  return Sealer(store, context, channel, std::move(request), now).run();
}

}  // namespace sideband
