// Claiming: which queued repairs may start now, with their gates counted again in the transaction
// that starts them (reliability property P-9).
#include <algorithm>
#include <map>

#include "engine/gate_state.h"
#include "engine/playbook_job.h"
#include "engine/steps.h"
#include "policy/cohorts.h"

namespace sideband {
namespace {

// Chunks of at most this many changes are read while claiming; larger ones by the worker.
constexpr std::int64_t kInlineChanges = 64;
// Of a playbook, whose steps each have a retry of their own: how often its worker may die at one.
constexpr std::int64_t kMostDeaths = 4;
constexpr Duration kGateRetry = std::chrono::milliseconds(200);

RangeLock lock_of(const RepairJob& job) {
  return {job.channel->pool(), job.channel->lock_scope, job.plan.low, job.plan.high, job.repair.id};
}

bool starts_inline(const RepairJob& job) {
  return job.plan.chunks == 1 && job.plan.counts.changes() <= kInlineChanges;
}

// Whatever the grant says, the worker asks again when there is no step.
Result<void> open_first_step(StoreTx& store, EngineContext& context, RepairJob& job,
                             const std::string& salt, WallTime now) {
  job.loaded = true;
  const auto ends = cohort_ends(job.channel->settings.gates.canary, job.plan.counts.changes());
  SB_TRY(open_step(store, context, job, ends.front(), salt, now));
  return {};
}

class Claimer {
 public:
  Claimer(StoreTx& store, EngineContext& context, const FindChannel& channels, WallTime now,
          MonoTime asked)
      : store_(store), context_(context), channels_(channels), now_(now), asked_(asked) {}

  Result<void> take(Repair repair, const std::string& salt) {
    RepairJob job;
    job.repair = std::move(repair);
    job.channel = channels_(job.repair.reconciler);
    job.lease = HeldLease(asked_, context_.lease);
    SB_ASSIGN(const auto plan, store_.plan(job.repair.plan));
    if (!plan) return end(job.repair, RepairState::kNeedsHuman, "its plan is gone");
    job.plan = *plan;
    if (is_playbook(job.repair.reconciler)) return take_playbook(std::move(job));
    SB_ASSIGN(const bool going, check(job));
    if (!going) return {};
    // Only now: one that is held takes no place from those behind it.
    let_in(job.repair);
    const bool starts = job.fresh;
    SB_TRY(begin_inline(job, salt));
    if (starts) SB_TRY(store_.update_repair(job.repair));
    job.fresh = false;
    reply_.jobs.push_back(std::move(job));
    return {};
  }

  ClaimReply reply_;

 private:
  Result<void> take_playbook(RepairJob job) {
    SB_ASSIGN(const std::string poisoned, note_death(job.repair, kMostDeaths));
    if (!poisoned.empty()) {
      const ChangeOutcome unknown{Outcome::kUnknown, false, poisoned, Retry::kPerson};
      SB_TRY(close_open_step(store_, context_, job.repair, job.plan, unknown,
                             std::string(kLoopIdentity), now_));
      return end(job.repair, RepairState::kNeedsHuman, poisoned);
    }
    SB_ASSIGN(const PlaybookAdmission admission, admit_playbook(store_, job.repair, now_));
    if (admission.broken) return end(job.repair, RepairState::kNeedsHuman, admission.held);
    if (!admission.held.empty()) {
      SB_TRY(hold(job.repair, admission.held));
      return {};
    }
    SB_TRY(store_.update_repair(job.repair));
    reply_.jobs.push_back(std::move(job));
    return {};
  }

  // True when the job may go on; else it was set back or ended.
  Result<bool> check(RepairJob& job) {
    if (!job.channel) return hold(job.repair, "its reconciler is not configured or not reachable");
    SB_ASSIGN(job.poisoned, note_death(job.repair, job.channel->settings.retry.limit));
    if (!job.poisoned.empty()) return true;  // it will only end
    SB_ASSIGN(GateState * gates, gates_of(job.channel->name()));
    // Also one that had begun: else its worker would give it back at once, again and again.
    SB_TRY(note_cancel(job));
    if (!job.cancelled.empty()) return true;  // it will only look
    const bool would_act = job.repair.state == RepairState::kRunning && !job.repair.undo;
    if (!gates->pause.empty() && would_act) return hold(job.repair, "paused: " + gates->pause);
    // One that had begun gave its place up while it waited, so it asks for one again.
    const bool begun = job.repair.started_at != WallTime();
    if (begun && job.repair.state == RepairState::kValidating) return true;
    // Its lock may have been released while nobody worked on it.
    SB_ASSIGN(const bool kept, begun ? store_.try_lock(lock_of(job)) : Result<bool>(true));
    if (!kept) return hold(job.repair, "lock: released, and another repair works on them now");
    if (begun && job.repair.state != RepairState::kRunning) return true;
    if (!begun && stale(job)) {
      SB_TRY(end(job.repair, RepairState::kSuperseded, "the configuration changed after the plan"));
      return false;
    }
    SB_ASSIGN(const bool room, concurrency(job));
    if (!room) return hold(job.repair, "concurrency: another repair of this reconciler is running");
    if (begun) return true;  // its changes were counted
    SB_ASSIGN(const bool locked, store_.try_lock(lock_of(job)));
    if (!locked) return hold(job.repair, "lock: another repair works on these resources");
    return charge(job, *gates);
  }

  // One that kills its worker each time must not go round for ever.
  Result<std::string> note_death(const Repair& repair, std::int64_t most) {
    if (!repair.abandoned) return std::string();
    SB_ASSIGN(const std::int64_t deaths, count_death(store_, repair));
    if (deaths <= most) return std::string();
    return "its worker died " + std::to_string(deaths) + " times at step " +
           std::to_string(repair.next_step) + "; not tried again";
  }

  Result<void> note_cancel(RepairJob& job) {
    if (job.repair.started_at == WallTime() || job.repair.state != RepairState::kRunning) return {};
    SB_ASSIGN(const auto cancel, store_.value(cancel_value(job.repair.id)));
    job.cancelled = cancel.value_or("");
    return {};
  }

  // Gate state as of this transaction: read once for each reconciler, charged here and in the
  // store.
  Result<GateState*> gates_of(const std::string& reconciler) {
    const auto found = gates_.find(reconciler);
    if (found != gates_.end()) return &found->second;
    SB_ASSIGN(GateState loaded, load_gates(store_, reconciler));
    return &gates_.emplace(reconciler, std::move(loaded)).first->second;
  }

  bool stale(const RepairJob& job) const {
    return job.plan.reconciler_version != job.channel->settings.version ||
           job.plan.guardrails_version != job.channel->guardrails_version();
  }

  Result<bool> concurrency(const RepairJob& job) {
    auto [count, fresh] = running_.try_emplace(job.repair.reconciler, 0);
    if (fresh) {
      // Other nodes count too: the head's row, locked by reading it, makes them take turns.
      SB_TRY(store_.head(job.repair.reconciler));
      // All claimed ones of this reconciler are already marked running; they count as they are let
      // in.
      SB_ASSIGN(const std::int64_t all,
                store_.count_repairs(job.repair.reconciler, RepairState::kRunning));
      count->second = all - claimed_of(job.repair.reconciler);
    }
    return count->second < job.channel->settings.gates.concurrency;
  }

  // maxChanges again, now with everything that was let through since the decision.
  Result<bool> charge(RepairJob& job, GateState& gates) {
    const Channel& channel = *job.channel;
    const std::int64_t changes = job.plan.counts.changes();
    const Reason own = max_changes_reason("maxChanges", channel.settings.gates.max_changes,
                                          gates.window, now_, changes, job.plan.counts.desired);
    Reason site = own;
    if (channel.guardrails) {
      site = max_changes_reason("guardrails.maxChanges", channel.guardrails->max_changes,
                                gates.site_window, now_, changes, job.plan.counts.desired);
    }
    const bool released = job.repair.released.find("maxChanges") != std::string::npos;
    for (const Reason& reason : {own, site}) {
      if (reason.passes == Truth::kTrue || released) continue;
      SB_TRY(store_.unlock(job.repair.id));
      SB_TRY(end(job.repair, RepairState::kSuperseded, reason.gate + ": " + reason.saw));
      return false;
    }
    SB_TRY(charge_windows(store_, channel, now_, changes));
    gates.window.add(now_, channel.settings.gates.max_changes.window, changes);
    if (channel.guardrails) {
      // The site's window is shared by all reconcilers of this transaction.
      for (auto& [name, state] : gates_) {
        state.site_window.add(now_, channel.guardrails->max_changes.window, changes);
      }
    }
    job.repair.started_at = now_;
    job.fresh = true;
    return true;
  }

  Result<void> begin_inline(RepairJob& job, const std::string& salt) {
    if (!job.fresh || !starts_inline(job)) return {};
    SB_ASSIGN(const std::string bytes, store_.chunk(job.plan.id, 0));
    SB_ASSIGN(std::vector<Change> changes, decode_changes(bytes));
    job.changes = make_chunk(std::move(changes));
    return open_first_step(store_, context_, job, salt, now_);
  }

  // What was claimed as running takes a place, or leaves it: both also in a count that is read only
  // later, from which those are taken that nothing is decided of.
  void let_in(const Repair& repair) {
    if (repair.state != RepairState::kRunning) return;
    const auto counted = running_.find(repair.reconciler);
    counted == running_.end() ? --claimed_[repair.reconciler] : ++counted->second;
  }
  void leave_out(const Repair& repair) {
    if (repair.state != RepairState::kRunning) return;
    if (!running_.contains(repair.reconciler)) --claimed_[repair.reconciler];
  }

  // To be looked at again soon: one that has not started goes back, others keep their state.
  Result<bool> hold(Repair& repair, const std::string& why) {
    leave_out(repair);
    if (repair.state == RepairState::kRunning) repair.state = RepairState::kScheduled;
    repair.lease_owner.clear();
    repair.lease_until = context_.lease_now() + kGateRetry.count();
    repair.not_before = now_ + kGateRetry;
    repair.gate_wait_us += kGateRetry.count();
    repair.note = why;
    SB_TRY(store_.update_repair(repair));
    reply_.moved.push_back(repair);
    return false;
  }

  Result<void> end(Repair& repair, RepairState to, const std::string& why) {
    leave_out(repair);
    SB_TRY(move_repair(store_, repair, to, why, std::string(kLoopIdentity), now_));
    reply_.moved.push_back(repair);
    return {};
  }

 public:
  void count_claimed(const std::vector<Repair>& claimed) {
    for (const Repair& repair : claimed) {
      if (repair.state == RepairState::kRunning) ++claimed_[repair.reconciler];
    }
  }

 private:
  std::int64_t claimed_of(const std::string& reconciler) const {
    const auto found = claimed_.find(reconciler);
    return found == claimed_.end() ? 0 : found->second;
  }

  StoreTx& store_;
  EngineContext& context_;
  const FindChannel& channels_;
  WallTime now_;
  MonoTime asked_;  // before the claim
  std::map<std::string, std::int64_t> running_;
  std::map<std::string, std::int64_t> claimed_;
  std::map<std::string, GateState> gates_;
};

}  // namespace

Result<bool> start_at_once(StoreTx& store, EngineContext& context, RepairJob& job,
                           const std::string& salt, WallTime now) {
  if (!starts_inline(job) || job.repair.state != RepairState::kQueued) return false;
  if (!context.lease_clock_known) return false;
  const Channel& channel = *job.channel;
  SB_ASSIGN(const bool others, store.has_waiting(channel.name()));
  if (others) return false;
  SB_ASSIGN(const bool room, store.has_room(channel.name(), channel.settings.gates.concurrency));
  if (!room) return false;
  SB_ASSIGN(const bool locked, store.try_lock(lock_of(job)));
  if (!locked) return false;
  // maxChanges was asked by the decision, in this same transaction.
  SB_TRY(charge_windows(store, channel, now, job.plan.counts.changes()));
  job.repair.state = RepairState::kRunning;
  SB_ASSIGN(job.repair.token, store.next_token());
  job.repair.lease_owner = context.node;
  job.lease = context.take_lease(job.repair);
  job.repair.started_at = now;
  job.fresh = true;
  SB_TRY(open_first_step(store, context, job, salt, now));
  job.fresh = false;
  return true;
}

Result<ClaimReply> claim_jobs(StoreTx& store, EngineContext& context, const FindChannel& channels,
                              std::int64_t limit, const std::vector<std::string>& salts,
                              WallTime now) {
  const MonoTime asked = context.clock.mono();
  ClaimRequest request;
  request.owner = context.node;
  request.now = context.lease_now();
  request.wall = now;
  request.lease = context.lease;
  request.limit = limit;
  SB_ASSIGN(const std::vector<Repair> claimed, store.claim_repairs(request));
  Claimer claimer(store, context, channels, now, asked);
  claimer.count_claimed(claimed);
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    SB_TRY(claimer.take(claimed[i], salts[i]));
  }
  claimer.reply_.claimed = static_cast<std::int64_t>(claimed.size());
  return std::move(claimer.reply_);
}

}  // namespace sideband
