#include "engine/execute/repair_handler.h"

#include <algorithm>

#include "engine/decide/breaker_rows.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/fair_queue.h"
#include "engine/execute/repair_start.h"
#include "engine/execute/repair_worker.h"
#include "policy/gates/gate.h"
#include "ports/plan_hash.h"

namespace sideband {
namespace {

constexpr const char* kNotReachable = "its reconciler is not configured or not reachable";

// The table of the gates says whether it waits or ends. Policies are asked last, so that they are
// asked about nothing that could not begin anyway.
ClaimAnswer refused_by(const Reason& reason) {
  const std::string why = refusal_text(reason);
  if (gate_spec(reason.gate).on_refusal == OnRefusal::kSupersede) {
    return ClaimAnswer::superseded(why);
  }
  ClaimAnswer answer = ClaimAnswer::wait(why);
  answer.asks_policies = reason.gate == GateId::kPolicy;
  return answer;
}

// The first reason of these gates that does not pass.
Result<std::optional<Reason>> refusal_of(StoreTx& store, const Subject& subject, WallTime now) {
  SB_ASSIGN(const Facts facts, gather_facts(store, subject, now));
  const std::vector<Reason> reasons = ask_gates(facts);
  const Reason* const refusal = first_refusal(reasons);
  return refusal == nullptr ? std::optional<Reason>() : std::optional(*refusal);
}

}  // namespace

// Nobody can look at what an orphan did: its targets are not known any more. Once told to, it ends;
// else it would keep its resources from whoever has them now.
Result<ClaimAnswer> RepairHandler::load(StoreTx& store, RepairJob& job, WallTime now) const {
  job.runtime = runtimes_(job.repair.reconciler);
  if (job.runtime) {
    SB_ASSIGN(job.probe_changes, probe_changes(store, *job.runtime, job.repair));
    return ClaimAnswer::go();
  }
  SB_ASSIGN(const auto cancel, store.cancel_request(job.repair.id));
  if (!cancel) return ClaimAnswer::wait(kNotReachable);
  const std::string why = cancel_text(*cancel);
  const ChangeOutcome unknown{Outcome::kUnknown, false, why, Retry::kPerson};
  SB_TRY(close_unlooked(store, context_, job, unknown, now));
  return ClaimAnswer::needs_human(why + "; " + kNotReachable +
                                  ", so that nobody looked at what it did last");
}

std::int64_t RepairHandler::max_crashes(const RepairJob& job) const {
  return job.runtime->settings.retry.limit;
}

// Its worker ends it, without a call: what its open step did stays unknown, and drifts are
// released.
Result<ClaimAnswer> RepairHandler::give_up_poisoned(StoreTx& /*store*/, RepairJob& /*job*/,
                                                    WallTime /*now*/) const {
  return ClaimAnswer::go();
}

// What runs is what was judged and approved: the changes are hashed again before the first intent.
// A plan of many chunks is hashed by its worker, before its first step.
Result<ClaimAnswer> RepairHandler::sealed(StoreTx& store, RepairJob& job) const {
  if (!starts_inline(job)) return ClaimAnswer::go();
  SB_ASSIGN(const std::string bytes, store.chunk(job.plan.id, 0));
  SB_ASSIGN(std::vector<Change> changes, decode_changes(bytes));
  PlanHasher hasher;
  for (const Change& change : changes) hasher.add(change);
  job.changes = make_chunk(std::move(changes));
  return hasher.hex() == job.plan.hash ? ClaimAnswer::go()
                                       : ClaimAnswer::needs_human(other_changes(job.plan));
}

// Of one that has begun the changes were counted: it is not ended by what others did meanwhile.
Result<ClaimAnswer> RepairHandler::gates(StoreTx& store, const RepairJob& job, WallTime now) const {
  const bool begun = job.repair.started_at != WallTime();
  const Phase phase = begun ? Phase::kStep : Phase::kClaim;
  SB_ASSIGN(const auto refusal, refusal_of(store, subject_of(context_, job, phase), now));
  if (!refusal) return ClaimAnswer::go();
  // Its worker takes back what was done.
  if (begun && job.repair.next_step > 0 && takes_back(*refusal)) return ClaimAnswer::go();
  return begun ? ClaimAnswer::wait(refusal_text(*refusal)) : refused_by(*refusal);
}

Result<ClaimAnswer> RepairHandler::place(StoreTx& store, const RepairJob& job,
                                         const ClaimPlaces& places, WallTime now) const {
  Subject subject = subject_of(context_, job, Phase::kPlace);
  subject.place.room = places.running < job.runtime->settings.gates.concurrency;
  subject.place.site_room = places.site_room;
  subject.place.locked = true;  // a question of its own: taking it is the answer
  SB_ASSIGN(const auto refusal, refusal_of(store, subject, now));
  return refusal ? refused_by(*refusal) : ClaimAnswer::go();
}

Result<ClaimAnswer> RepairHandler::lock(StoreTx& store, const RepairJob& job) const {
  SB_ASSIGN(const bool locked, store.try_lock(lock_of(job)));
  if (locked) return ClaimAnswer::go();
  if (job.repair.started_at == WallTime()) return refused_by(reason_of(GateId::kLock, false));
  return ClaimAnswer::wait("lock: released, and another repair works on them now");
}

Result<void> RepairHandler::charge(StoreTx& store, RepairJob& job, WallTime now) const {
  return charge_gates(store, job, now);
}

Result<void> RepairHandler::open_first(StoreTx& store, RepairJob& job, const std::string& salt,
                                       WallTime now) const {
  if (!starts_inline(job)) return {};
  return open_first_step(store, context_, job, salt, now);
}

void RepairHandler::start_worker(Runner& runner, RepairJob job) const {
  runner.spawn(std::make_shared<RepairWorker>(context_, std::move(job)));
}

std::string RepairHandler::owner(const Settings& settings, const std::string& name) const {
  const auto found = settings.reconcilers.find(name);
  return found == settings.reconcilers.end() ? "" : found->second.labels.owner;
}

Result<QueuedFlow> RepairHandler::flow(StoreTx& store, const Settings& settings,
                                       const std::string& name) const {
  QueuedFlow flow{.name = name, .owner = owner(settings, name), .room = kRoomOfUnknown};
  const auto found = settings.reconcilers.find(name);
  if (found == settings.reconcilers.end()) return flow;
  flow.weight = weight_of(found->second.priority);
  // Other nodes count too: the head's row, locked by reading it, makes them take turns.
  SB_TRY(store.head(name));
  SB_ASSIGN(const std::int64_t running, store.count_repairs(name, RepairState::kRunning));
  flow.room = std::max<std::int64_t>(0, found->second.gates.concurrency - running);
  return flow;
}

Result<ApprovalSettings> RepairHandler::review(StoreReader& /*store*/, const Plan& plan) const {
  const ReconcilerRuntimePtr runtime = runtimes_(plan.reconciler);
  SB_TRY(check_current(plan, runtime.get()));
  return runtime->settings.gates.approval;
}

// As configured, also while the targets are not reachable.
Result<std::optional<ApprovalSettings>> RepairHandler::approval_terms(StoreReader& /*store*/,
                                                                      const Repair& repair) const {
  const auto settings = settings_();
  const auto found = settings->reconcilers.find(repair.reconciler);
  if (found == settings->reconcilers.end()) return std::optional<ApprovalSettings>();
  return std::optional(found->second.gates.approval);
}

bool RepairHandler::can_go_on(const Repair& repair) const {
  return runtimes_(repair.reconciler) != nullptr;
}

Result<void> RepairHandler::close_open_step(StoreTx& store, Repair& repair, const Plan& plan,
                                            const ChangeOutcome& outcome,
                                            const std::string& /*actor*/, WallTime now) const {
  RepairJob job;
  job.repair = repair;
  job.plan = plan;
  SB_TRY(close_unlooked(store, context_, job, outcome, now));
  repair = job.repair;
  return {};
}

// The route says who may settle: a reconciler names nobody.
Result<void> RepairHandler::may_settle(StoreReader& /*store*/, const Repair& /*repair*/,
                                       const Principal& /*by*/) const {
  return {};
}

Result<std::vector<std::string>> RepairHandler::step_names(StoreReader& /*store*/,
                                                           const Repair& /*repair*/) const {
  return std::vector<std::string>();
}

Result<std::string> RepairHandler::settle_open_step(StoreTx& /*store*/, Repair& /*repair*/,
                                                    const Step& /*step*/,
                                                    const ChangeOutcome& /*outcome*/,
                                                    const std::string& /*by*/,
                                                    WallTime /*now*/) const {
  return std::string(kLookedAtFirst);
}

void RepairHandler::undo(Runner& runner, const std::string& name, UndoOptions options,
                         UndoDone done) const {
  const ReconcilerRuntimePtr runtime = runtimes_(name);
  if (!runtime) return done(Error::not_found("reconciler " + name + " is not configured"));
  runner.spawn(
      std::make_shared<UndoPlanner>(context_, runtime, std::move(options), std::move(done)));
}

}  // namespace sideband
