#include "engine/commands/commands.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/units.h"
#include "engine/decide/gate_state.h"
#include "engine/decide/gather_facts.h"
#include "engine/execute/backlog.h"
#include "engine/execute/event_log.h"
#include "engine/execute/job_handler.h"
#include "engine/execute/records.h"
#include "policy/decide.h"
#include "policy/source_judge.h"

namespace sideband {
namespace {

// Within this time a second person has to agree to what the first one accepted.
constexpr Duration kAcceptanceExpires = std::chrono::minutes(30);

Result<Repair> find_repair(StoreReader& store, const Uuid& id) {
  SB_ASSIGN(const auto repair, store.repair(id));
  if (!repair) return Error::not_found("there is no repair " + id.text());
  return *repair;
}

Result<Plan> find_plan(StoreReader& store, const Uuid& id) {
  SB_ASSIGN(const auto plan, store.plan(id));
  if (!plan || plan->state != PlanState::kSealed) {
    return Error::conflict("plan " + id.text() + " is gone: a newer scan replaced it");
  }
  return *plan;
}

Result<void> check_reviewer(const Repair& repair, const Plan& plan, const ApprovalSettings& review,
                            const PlaybookTargets& tools, const Approval& approval, WallTime now) {
  if (repair.state != RepairState::kAwaitingApproval) {
    return Error::conflict("repair is " + std::string(repair_state_name(repair.state)) +
                           ", not waiting for approval");
  }
  if (approval.by == repair.requester) {
    return Error::permission(approval.by + " asked for this repair; somebody else must approve it");
  }
  if (!review.from.empty() && !tools.is_among(review.from, approval.by)) {
    return Error::permission(approval.by + " is not among the reviewers.from of " +
                             plan.reconciler);
  }
  if (approval.plan_hash != plan.hash) {
    return Error::conflict("approval names plan " + approval.plan_hash.substr(0, 12) +
                           ", the repair has " + plan.hash.substr(0, 12));
  }
  const Duration expires = review.expires;
  if (now - repair.created_at > expires) {
    return Error::refused("the approval expired after " + format_duration(expires));
  }
  return {};
}

// Whether it was called for, and nobody knows yet what became of it.
Result<bool> has_open_intent(StoreReader& store, const Repair& repair) {
  if (repair.started_at == WallTime()) return false;
  SB_ASSIGN(const auto steps, store.steps(repair.id, repair.next_step, 1));
  return !steps.empty() && steps.front().state == StepState::kIntent;
}

// What every gate says of a held plan that a person wants to be run.
Result<Decided> judge_held(StoreReader& store, const ReconcilerRuntime& runtime, const Plan& plan,
                           const std::string& by, const GateSet& released, WallTime now) {
  const Subject subject{.phase = Phase::kApply,
                        .runtime = runtime,
                        .plan = plan,
                        .undo = false,
                        .requester = by,
                        .released = released,
                        .fresh_count = Fact<std::int64_t>::unknown("not asked in this phase"),
                        .place = no_place()};
  SB_ASSIGN(const auto head, store.head(plan.reconciler));
  SB_ASSIGN(const Facts facts, gather_facts(store, subject, head.value_or(ReconcilerHead{}), now));
  return decide(facts);
}

Repair repair_of(const Plan& plan, Verdict verdict, const std::string& by, const GateSet& released,
                 WallTime now) {
  Repair repair;
  repair.id = repair.plan = plan.id;
  repair.reconciler = plan.reconciler;
  repair.state = verdict == Verdict::kAct ? RepairState::kQueued : RepairState::kAwaitingApproval;
  repair.requester = by;
  repair.released = released;
  repair.first_seen = plan.observed_at;
  repair.created_at = now;
  return repair;
}

// The second of two people who say that the present size of the source is right; or the first.
Result<bool> accept_source(ReconcilerHead& head, const std::string& by, const std::string& reason,
                           WallTime now) {
  SourceState& source = head.source;
  const bool suspect = source.condition == SourceCondition::kSuspect;
  if (!suspect) {
    return Error::conflict("its source is " + std::string(source_condition_name(source.condition)) +
                           ", not suspect: there is nothing to accept");
  }
  if (reason.empty()) {
    return Error::invalid("accepting a source needs a reason: why is its present size right?");
  }
  const SourceAcceptance& first = source.acceptance;
  const bool open = !first.by.empty() && now - first.at <= kAcceptanceExpires;
  if (open && first.by != by) {
    source = after_acceptance(std::move(source), now);
    return true;
  }
  source.acceptance = {by, reason, source.desired, now};
  return false;
}

}  // namespace

Result<Repair> Commands::apply_plan(const Uuid& id, const std::string& by, const GateSet& released,
                                    const RequestKey& request) {
  Repair repair;
  Plan found;
  const WallTime now = context_.clock.wall();
  const Uuid decision_id = Uuid::make(now, context_.random);
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(const Plan plan, find_plan(store, id));
    found = plan;
    SB_TRY(context_.backlog->room(plan.reconciler));
    SB_ASSIGN(const auto existing, store.repair(id));
    if (existing) return Error::conflict("plan " + id.text() + " already has a repair");
    const ReconcilerRuntimePtr runtime = runtimes_(plan.reconciler);
    SB_TRY(check_current(plan, runtime.get()));
    SB_TRY(store.lock_switches(SwitchLock::kShared));
    SB_ASSIGN(const Decided decided, judge_held(store, *runtime, plan, by, released, now));
    if (decided.verdict == Verdict::kHold) return Error::refused(refusals_text(decided.reasons));
    const Decision decision{decision_id, plan.reconciler, plan.id,
                            now,         decided.verdict, decided.reasons};
    repair = repair_of(plan, decided.verdict, by, released, now);
    SB_TRY(store.insert_decision(decision));
    SB_TRY(store.insert_repair(repair));
    SB_TRY(note_job(store, request, id, now));
    store.stage_audit(decision_record(decision, plan, by));
    return {};
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  crash_point("accepted");
  if (repair.state == RepairState::kAwaitingApproval) log_awaits_approval(repair, found);
  context_.repair_moved(repair);
  if (repair.state == RepairState::kQueued) context_.work_queued();
  return repair;
}

Result<Repair> Commands::approve(const Uuid& id, const std::string& by,
                                 const std::string& plan_hash, const std::string& comment) {
  Repair repair;
  std::int64_t given = 0;
  std::int64_t wanted = 1;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(repair, find_repair(store, id));
    SB_ASSIGN(const Plan plan, find_plan(store, repair.plan));
    SB_ASSIGN(const ApprovalSettings review, context_.handlers->of(plan).review(store, plan));
    const Approval approval{
        id, by, true, now, plan_hash, plan.reconciler_version, plan.guardrails_version, comment};
    SB_TRY(check_reviewer(repair, plan, review, tools_, approval, now));
    SB_ASSIGN(const auto before, store.approvals(id));
    for (const Approval& other : before) {
      if (other.by == by) return Error::conflict(by + " has already approved this repair");
    }
    SB_TRY(store.insert_approval(approval));
    store.stage_audit(approval_record(approval));
    wanted = std::max<std::int64_t>(1, review.reviewers);
    given = std::ssize(before) + 1;
    if (given < wanted) return {};
    repair.gate_wait_us += (now - repair.created_at).count();
    return move_repair(store, repair, RepairState::kQueued, "", by, now);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  crash_point("approved");
  log_approved(repair, by, given, wanted);
  context_.repair_moved(repair);
  context_.work_queued();
  return repair;
}

Result<Repair> Commands::reject(const Uuid& id, const std::string& by, const std::string& comment) {
  Repair repair;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(repair, find_repair(store, id));
    SB_ASSIGN(const Plan plan, find_plan(store, repair.plan));
    if (repair.state != RepairState::kAwaitingApproval) {
      return Error::conflict("repair is " + std::string(repair_state_name(repair.state)) +
                             ", not waiting for approval");
    }
    const Approval approval{
        id, by, false, now, plan.hash, plan.reconciler_version, plan.guardrails_version, comment};
    SB_TRY(store.insert_approval(approval));
    store.stage_audit(approval_record(approval));
    SB_TRY(store.put_declined(repair.reconciler, DeclinedPlan{plan.hash, by}));
    return move_repair(store, repair, RepairState::kCancelled, "rejected: " + comment, by, now);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  log_rejected(repair, by, comment);
  context_.repair_moved(repair);
  return repair;
}

Result<Repair> Commands::cancel(const Uuid& id, const std::string& by, const std::string& reason,
                                Cancel how) {
  const bool at_once = how == Cancel::kAtOnce;
  Repair repair;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_TRY(store.lock_switches(SwitchLock::kExclusive));
    SB_ASSIGN(repair, find_repair(store, id));
    if (is_terminal(repair.state)) {
      return Error::conflict("repair has ended: " + std::string(repair_state_name(repair.state)));
    }
    const bool works =
        repair.state == RepairState::kCompensating || repair.state == RepairState::kValidating;
    const JobHandler& handler = context_.handlers->of(repair);
    const bool orphan = works && !handler.can_go_on(repair);
    if (repair.state == RepairState::kCompensating && !orphan) {
      return Error::conflict("repair is being taken back already; wait for its end");
    }
    if (repair.state == RepairState::kValidating && !orphan) {
      return Error::conflict("every change of the repair was made; take it back with undo");
    }
    SB_ASSIGN(const auto plan, store.plan(repair.plan));
    if (plan) SB_TRY(store.put_declined(repair.reconciler, DeclinedPlan{plan->hash, by}));
    const CancelRequest request{by, reason, at_once, now};
    const std::string why = cancel_text(request);
    SB_ASSIGN(const bool open, has_open_intent(store, repair));
    if (!open && !orphan && repair.state != RepairState::kRunning) {
      // A step in which only time passes, or a person works, has an intent too.
      const ChangeOutcome undone{Outcome::kFailed, false, why, Retry::kPerson};
      if (plan) SB_TRY(handler.close_open_step(store, repair, *plan, undone, by, now));
      return move_repair(store, repair, RepairState::kCancelled, why, by, now);
    }
    // Its worker ends it; where it waits for one, that one comes at once and only looks.
    store.stage_audit(
        switch_record(at_once ? "cancel-now" : "cancel", repair.id.text(), by, reason, now));
    SB_TRY(store.put_cancel(id, request));
    // Whoever has it, maybe on another node, keeps its lease; else the next claim ends it.
    if (orphan || repair.state == RepairState::kRunning) return {};
    repair.not_before = now;
    repair.lease_until = 0;
    return store.update_repair(repair);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.work_queued();
  if (at_once) tools_.stop(id);
  if (is_terminal(repair.state)) log_repair_ended(repair);
  context_.repair_moved(repair);
  return repair;
}

Result<void> Commands::pause(const std::string& reconciler, const std::string& by,
                             const std::string& reason) {
  const WallTime now = context_.clock.wall();
  return context_.store.run(Lane::kControl, [&](StoreTx& store) -> Result<void> {
    SB_TRY(store.lock_switches(SwitchLock::kExclusive));
    store.stage_audit(switch_record("pause", reconciler, by, reason, now));
    return store.put_pause(reconciler, Pause{by, reason, now});
  });
}

Result<void> Commands::resume(const std::string& reconciler, const std::string& by,
                              const std::string& reason) {
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    store.stage_audit(switch_record("resume", reconciler, by, reason, now));
    return store.put_pause(reconciler, {});
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.work_queued();
  context_.request_reevaluation(reconciler, {});
  return {};
}

Result<SourceAcceptance> Commands::accept_source(const std::string& reconciler,
                                                 const std::string& by, const std::string& reason) {
  const WallTime now = context_.clock.wall();
  SourceAcceptance waiting;
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    waiting = {};
    SB_ASSIGN(auto head, store.head(reconciler));
    if (!head) return Error::not_found("there is no reconciler " + reconciler);
    const SourceAcceptance first = head->source.acceptance;
    SB_ASSIGN(const bool accepted, sideband::accept_source(*head, by, reason, now));
    store.stage_audit(
        acceptance_record(reconciler, head->source, first, accepted, by, reason, now));
    if (!accepted) waiting = head->source.acceptance;
    return store.put_head(reconciler, *head);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  if (waiting.by.empty()) context_.request_reevaluation(reconciler, {});
  return waiting;
}

}  // namespace sideband
