#include "engine/execute/claim.h"

#include <algorithm>
#include <map>

#include "engine/decide/gate_state.h"
#include "engine/playbook/playbook_job.h"
#include "policy/cohorts.h"
#include "policy/gates/gate.h"
#include "ports/plan_hash.h"

namespace sideband {
namespace {

// Chunks of at most this many changes are read while claiming; larger ones by the worker.
constexpr std::int64_t kInlineChanges = 64;
// Of a playbook, whose steps each have a retry of their own: how often its worker may die at one.
constexpr std::int64_t kMaxCrashes = 4;
constexpr Duration kGateRetry = std::chrono::milliseconds(200);
constexpr const char* kSiteFull = "concurrency: the Guardrails let no more repairs run at once";

RangeLock lock_of(const RepairJob& job) {
  return {job.runtime->pool(), job.runtime->lock_scope, job.plan.low, job.plan.high, job.repair.id};
}

// Whatever the grant says, the worker asks again when there is no step.
Result<void> open_first_step(StoreTx& store, EngineContext& context, RepairJob& job,
                             const std::string& salt, WallTime now) {
  job.loaded = true;
  const auto ends = cohort_ends(job.runtime->settings.gates.canary, job.plan.counts.changes());
  SB_TRY(open_step(store, context, job, ends.front(), salt, now));
  return {};
}

class Claimer {
 public:
  Claimer(StoreTx& store, EngineContext& context, const FindRuntime& runtimes, WallTime now,
          MonoTime asked)
      : store_(store), context_(context), runtimes_(runtimes), now_(now), asked_(asked) {}

  // `salts` from the one numbered `first` on.
  Result<void> take_all(const std::vector<Repair>& claimed, const std::vector<std::string>& salts,
                        std::size_t first) {
    count_claimed(claimed);
    if (!claimed.empty()) SB_TRY(store_.lock_switches(SwitchLock::kShared));
    for (const Repair& repair : claimed) SB_TRY(take(repair, salts.at(first++)));
    return {};
  }

  ClaimReply reply_;

 private:
  Result<void> take(Repair repair, const std::string& salt) {
    RepairJob job;
    job.repair = std::move(repair);
    job.runtime = runtimes_(job.repair.reconciler);
    job.lease = HeldLease(asked_, context_.lease);
    SB_ASSIGN(const auto plan, store_.plan(job.repair.plan));
    if (!plan) return end(job.repair, RepairState::kNeedsHuman, "its plan is gone");
    job.plan = *plan;
    if (is_playbook(job.repair.reconciler)) return take_playbook(std::move(job));
    SB_ASSIGN(const Admission admission, admit(job));
    if (admission != Admission::kGo) return {};
    // Only now: one that is held takes no place from those behind it.
    SB_TRY(count_as_running(job.repair));
    const bool starts = job.fresh;
    if (starts) ++reply_.queue.begun[job.repair.reconciler];
    SB_TRY(begin_inline(job, salt));
    if (starts) SB_TRY(store_.update_repair(job.repair));
    job.fresh = false;
    reply_.jobs.push_back(std::move(job));
    return {};
  }

  Result<void> take_playbook(RepairJob job) {
    SB_ASSIGN(const std::string poisoned, note_crash(job.repair, kMaxCrashes));
    if (!poisoned.empty()) {
      const ChangeOutcome unknown{Outcome::kUnknown, false, poisoned, Retry::kPerson};
      SB_TRY(close_open_step(store_, context_, job.repair, job.plan, unknown,
                             std::string(kLoopIdentity), now_));
      return end(job.repair, RepairState::kNeedsHuman, poisoned);
    }
    const bool begins = job.repair.started_at == WallTime();
    SB_ASSIGN(const PlaybookAdmission admission,
              admit_playbook(store_, job.repair, context_.queue->guardrails(), now_));
    if (admission.broken) return end(job.repair, RepairState::kNeedsHuman, admission.held);
    std::string held = admission.held;
    if (held.empty() && job.repair.state == RepairState::kRunning) {
      SB_ASSIGN(const bool room, site_has_room());
      if (!room) held = kSiteFull;
      if (!room && begins) SB_TRY(undo_start(job.repair));
    }
    if (!held.empty()) return hold(job.repair, held);
    SB_TRY(count_as_running(job.repair));
    if (begins) ++reply_.queue.begun[job.repair.reconciler];
    SB_TRY(store_.update_repair(job.repair));
    reply_.jobs.push_back(std::move(job));
    return {};
  }

  // Its locks go back with its place.
  Result<void> undo_start(Repair& repair) {
    repair.started_at = WallTime();
    return store_.unlock(repair.id);
  }

  enum class Admission : std::uint8_t { kGo, kSetBack, kEnded };

  // Which questions are asked of a claimed repair, by how far it has come.
  //   not begun:  the gates of a claim, a place, the lock; then it is counted
  //   running:    the gates of a step, the lock, a place
  //   validating: nothing: it acts no more; taking back: only the lock
  // A poisoned one only ends, a cancelled one only looks.
  Result<Admission> admit(RepairJob& job) {
    if (!job.runtime) {
      SB_ASSIGN(const auto cancel, store_.cancel_request(job.repair.id));
      if (cancel) return end_orphan(job, cancel_text(*cancel));
      return set_back(job.repair, "its reconciler is not configured or not reachable");
    }
    SB_ASSIGN(job.poisoned, note_crash(job.repair, job.runtime->settings.retry.limit));
    if (!job.poisoned.empty()) return Admission::kGo;
    // Also one that had begun: else its worker would give it back at once, again and again.
    SB_TRY(note_cancel(job));
    if (!job.cancelled.empty()) return Admission::kGo;
    const bool begun = job.repair.started_at != WallTime();
    if (!begun) return admit_new(job);
    if (job.repair.state == RepairState::kValidating) return Admission::kGo;
    if (job.repair.state != RepairState::kRunning) return relock(job);
    return admit_running(job);
  }

  // Nobody can look at what it did: its targets are not known any more. Without an end it would
  // keep its resources from whoever has them now.
  Result<Admission> end_orphan(RepairJob& job, const std::string& why) {
    SB_TRY(close_unlooked(store_, context_, job, why, now_));
    return end_with(job.repair, RepairState::kNeedsHuman,
                    why +
                        "; its reconciler is not configured or not reachable, so that nobody "
                        "looked at what it did last");
  }

  Result<Admission> admit_new(RepairJob& job) {
    SB_TRY(verify_sealed(job));
    if (!job.broken.empty()) return end_with(job.repair, RepairState::kNeedsHuman, job.broken);
    SB_ASSIGN(const Facts facts, facts_of(job, Phase::kClaim));
    const std::vector<Reason> reasons = ask_gates(facts);
    if (const Reason* refusal = first_refusal(reasons)) return refused(job.repair, *refusal);
    SB_ASSIGN(const Admission placed, find_place(job));
    if (placed != Admission::kGo) return placed;
    SB_ASSIGN(const bool locked, store_.try_lock(lock_of(job)));
    if (!locked) return refused(job.repair, lock_refusal());
    SB_TRY(charge_windows(store_, *job.runtime, now_, job.plan.counts));
    job.repair.started_at = now_;
    job.fresh = true;
    return Admission::kGo;
  }

  // Its changes were counted. It gave its place up while it waited, so it asks for one again.
  Result<Admission> admit_running(RepairJob& job) {
    SB_ASSIGN(const Facts facts, facts_of(job, Phase::kStep));
    const std::vector<Reason> reasons = ask_gates(facts);
    if (const Reason* refusal = first_refusal(reasons)) {
      return set_back(job.repair, refusal_text(*refusal));
    }
    SB_ASSIGN(const Admission locked, relock(job));
    return locked == Admission::kGo ? find_place(job) : Result<Admission>(locked);
  }

  // Its lock may have been released while nobody worked on it.
  Result<Admission> relock(RepairJob& job) {
    SB_ASSIGN(const bool kept, store_.try_lock(lock_of(job)));
    if (kept) return Admission::kGo;
    return set_back(job.repair, "lock: released, and another repair works on them now");
  }

  Result<Admission> find_place(RepairJob& job) {
    Subject subject = subject_of(job, Phase::kPlace);
    SB_ASSIGN(subject.place.room, concurrency(job));
    SB_ASSIGN(subject.place.site_room, site_has_room());
    subject.place.locked = true;  // asked last: taking it is the answer
    SB_ASSIGN(const Facts facts, gather_facts(store_, subject, now_));
    const std::vector<Reason> reasons = ask_gates(facts);
    const Reason* refusal = first_refusal(reasons);
    return refusal == nullptr ? Result<Admission>(Admission::kGo) : refused(job.repair, *refusal);
  }

  Result<Facts> facts_of(const RepairJob& job, Phase phase) {
    return gather_facts(store_, subject_of(job, phase), now_);
  }

  static Reason lock_refusal() { return reason_of(GateId::kLock, false); }

  // The table of the gates says whether it waits or ends.
  Result<Admission> refused(Repair& repair, const Reason& reason) {
    const std::string why = refusal_text(reason);
    if (gate_spec(reason.gate).on_refusal == OnRefusal::kWait) return set_back(repair, why);
    return end_with(repair, RepairState::kSuperseded, why);
  }

  Result<Admission> set_back(Repair& repair, const std::string& why) {
    SB_TRY(hold(repair, why));
    return Admission::kSetBack;
  }

  Result<Admission> end_with(Repair& repair, RepairState to, const std::string& why) {
    SB_TRY(store_.unlock(repair.id));
    SB_TRY(end(repair, to, why));
    return Admission::kEnded;
  }

  // What runs is what was judged and approved: the changes are hashed again before the first
  // intent. A plan of many chunks is hashed by its worker, before its first step.
  Result<void> verify_sealed(RepairJob& job) {
    if (!starts_inline(job)) return {};
    SB_ASSIGN(const std::string bytes, store_.chunk(job.plan.id, 0));
    SB_ASSIGN(std::vector<Change> changes, decode_changes(bytes));
    PlanHasher hasher;
    for (const Change& change : changes) hasher.add(change);
    job.changes = make_chunk(std::move(changes));
    if (hasher.hex() != job.plan.hash) job.broken = other_changes(job.plan);
    return {};
  }

  // One that kills its worker each time must not go round for ever.
  Result<std::string> note_crash(const Repair& repair, std::int64_t most) {
    if (!repair.abandoned) return std::string();
    SB_ASSIGN(const std::int64_t crashes, count_crash(store_, repair));
    if (crashes <= most) return std::string();
    return "its worker died " + std::to_string(crashes) + " times at step " +
           std::to_string(repair.next_step) + "; not tried again";
  }

  Result<void> note_cancel(RepairJob& job) {
    if (job.repair.started_at == WallTime() || job.repair.state != RepairState::kRunning) return {};
    SB_ASSIGN(const auto cancel, store_.cancel_request(job.repair.id));
    job.cancelled = cancel ? cancel_text(*cancel) : "";
    return {};
  }

  Result<bool> concurrency(const RepairJob& job) {
    SB_ASSIGN(const std::int64_t* running, running_of(job.repair.reconciler));
    return *running < job.runtime->settings.gates.concurrency;
  }

  Result<bool> site_has_room() {
    const std::int64_t limit = context_.queue->site_limit();
    if (limit == 0) return true;
    SB_ASSIGN(const std::int64_t* running, running_of(""));
    return *running < limit;
  }

  Result<void> count_as_running(const Repair& repair) {
    if (repair.state != RepairState::kRunning) return {};
    for (const std::string& name : {repair.reconciler, std::string()}) {
      if (name.empty() && context_.queue->site_limit() == 0) continue;
      SB_ASSIGN(std::int64_t * running, running_of(name));
      ++*running;
    }
    return {};
  }

  // Repairs that run now, of a reconciler or of all (""). All claimed ones are already marked as
  // running; they count as they are let in.
  Result<std::int64_t*> running_of(const std::string& reconciler) {
    auto [count, fresh] = running_.try_emplace(reconciler, 0);
    if (!fresh) return &count->second;
    // Other nodes count too: a row, locked by reading it, makes them take turns.
    if (reconciler.empty()) {
      SB_TRY(store_.lock_site());
    } else {
      SB_TRY(store_.head(reconciler));
    }
    SB_ASSIGN(count->second, store_.count_repairs(reconciler, RepairState::kRunning));
    count->second -= claimed_[reconciler];
    return &count->second;
  }

  Result<void> begin_inline(RepairJob& job, const std::string& salt) {
    if (!job.fresh || !starts_inline(job)) return {};
    return open_first_step(store_, context_, job, salt, now_);
  }

  // One that is held or ends before anything was counted is not in that count: nothing is taken
  // from it for this one.
  void leave_out(const Repair& repair) {
    if (repair.state != RepairState::kRunning) return;
    for (const std::string& name : {repair.reconciler, std::string()}) {
      if (!running_.contains(name)) --claimed_[name];
    }
  }

  // To be looked at again soon: one that has not started goes back, others keep their state.
  Result<void> hold(Repair& repair, const std::string& why) {
    leave_out(repair);
    if (repair.state == RepairState::kRunning) repair.state = RepairState::kScheduled;
    repair.lease_owner.clear();
    repair.lease_until = context_.lease_now() + kGateRetry.count();
    repair.not_before = now_ + kGateRetry;
    repair.gate_wait_us += kGateRetry.count();
    repair.note = why;
    if (repair.started_at == WallTime()) ++reply_.queue.held[repair.reconciler];
    SB_TRY(store_.update_repair(repair));
    reply_.moved.push_back(repair);
    return {};
  }

  Result<void> end(Repair& repair, RepairState to, const std::string& why) {
    leave_out(repair);
    SB_TRY(move_repair(store_, repair, to, why, std::string(kLoopIdentity), now_));
    reply_.moved.push_back(repair);
    return {};
  }

  // Those that were just claimed; what was counted before is counted anew.
  void count_claimed(const std::vector<Repair>& claimed) {
    running_.clear();
    claimed_.clear();
    for (const Repair& repair : claimed) {
      if (repair.state != RepairState::kRunning) continue;
      ++claimed_[repair.reconciler];
      ++claimed_[""];
    }
  }

  StoreTx& store_;
  EngineContext& context_;
  const FindRuntime& runtimes_;
  WallTime now_;
  MonoTime asked_;  // before the claim
  std::map<std::string, std::int64_t> running_;
  std::map<std::string, std::int64_t> claimed_;
};

}  // namespace

bool starts_inline(const RepairJob& job) {
  return job.plan.chunks == 1 && job.plan.counts.changes() <= kInlineChanges;
}

std::string other_changes(const Plan& plan) {
  return "its changes are not those of the plan " + plan.hash.substr(0, 12) +
         " that was judged: the store was changed by somebody else";
}

Result<bool> start_at_once(StoreTx& store, EngineContext& context, RepairJob& job,
                           const std::string& salt, WallTime now) {
  if (!starts_inline(job) || job.repair.state != RepairState::kQueued) return false;
  if (!context.lease_clock_known) return false;
  const ReconcilerRuntime& runtime = *job.runtime;
  SB_ASSIGN(const bool others, store.has_waiting(runtime.name()));
  if (others) return false;
  SB_ASSIGN(const bool room, store.has_room(runtime.name(), runtime.settings.gates.concurrency));
  if (!room) return false;
  SB_ASSIGN(const bool place, may_skip_queue(store, context.queue->site_limit()));
  if (!place) return false;
  SB_ASSIGN(const bool locked, store.try_lock(lock_of(job), true));
  if (!locked) return false;
  // The gates were asked by the decision, in this same transaction.
  SB_TRY(charge_windows(store, runtime, now, job.plan.counts));
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

Result<ClaimReply> claim_jobs(StoreTx& store, EngineContext& context, const FindRuntime& runtimes,
                              std::int64_t limit, const std::vector<std::string>& salts,
                              WallTime now) {
  const MonoTime asked = context.clock.mono();
  ClaimRequest request;
  request.owner = context.node;
  request.now = context.lease_now();
  request.wall = now;
  request.lease = context.lease;
  // What comes back takes half of the places at most, so that the queue moves in every claim.
  request.limit = limit / 2;
  request.turns.emplace();
  Claimer claimer(store, context, runtimes, now, asked);
  SB_ASSIGN(const std::vector<Repair> back, store.claim_repairs(request));
  SB_TRY(claimer.take_all(back, salts, 0));
  const std::int64_t places = limit - static_cast<std::int64_t>(back.size());
  QueueReply asking;
  SB_ASSIGN(request.turns, context.queue->turns(store, places, asking));
  request.limit = 0;
  std::vector<Repair> queued;
  if (!request.turns->empty()) {
    SB_ASSIGN(queued, store.claim_repairs(request));
    SB_TRY(claimer.take_all(queued, salts, back.size()));
  }
  ClaimReply reply = std::move(claimer.reply_);
  asking.begun = std::move(reply.queue.begun);
  asking.held = std::move(reply.queue.held);
  reply.queue = std::move(asking);
  reply.more = static_cast<std::int64_t>(back.size()) == limit / 2 ||
               static_cast<std::int64_t>(queued.size()) == places;
  return reply;
}

}  // namespace sideband
