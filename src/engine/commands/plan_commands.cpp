#include "engine/commands/plan_commands.h"

#include "base/crash_point.h"
#include "engine/commands/lookups.h"
#include "engine/decide/gate_state.h"
#include "engine/decide/gather_facts.h"
#include "engine/decide/policy_round.h"
#include "engine/execute/backlog.h"
#include "engine/execute/event_log.h"
#include "engine/execute/records.h"
#include "policy/decide.h"

namespace sideband {
namespace {

// A held plan that a person wants to be run, and what policies said of it.
struct HeldSubject {
  const ReconcilerRuntime& runtime;
  const Plan& plan;
  const std::string& by;
  const GateSet& released;
  PolicyAnswers policies = {};
};

// What the gates look at.
Result<Facts> facts_of_held(StoreReader& store, const EngineContext& context,
                            const HeldSubject& held, WallTime now) {
  const Subject subject{.phase = Phase::kApply,
                        .runtime = held.runtime,
                        .plan = held.plan,
                        .undo = false,
                        .requester = held.by,
                        .released = held.released,
                        .fresh_count = Fact<std::int64_t>::unknown("not asked in this phase"),
                        .unsigned_for = context.unsigned_for(),
                        .place = no_place(),
                        .signals = context.signals->numbers(),
                        .policies = held.policies};
  return gather_facts(store, subject, now);
}

// Asked before the transaction, which holds up everybody. None where the plan cannot be run anyway:
// why not is said there.
Result<PolicyAnswers> ask_about(EngineContext& context, const FindRuntime& runtimes, const Uuid& id,
                                const std::string& by, const GateSet& released, WallTime now) {
  ReconcilerRuntimePtr runtime;
  std::optional<Facts> facts;
  SB_TRY(context.store.read([&](StoreReader& store) -> Result<void> {
    const auto plan = find_sealed_plan(store, id);
    if (!plan.ok()) return {};
    runtime = runtimes(plan->reconciler);
    if (!check_current(*plan, runtime.get()).ok() || runtime->policies.empty()) return {};
    SB_ASSIGN(Facts found, facts_of_held(store, context, {*runtime, *plan, by, released}, now));
    facts.emplace(std::move(found));
    return {};
  }));
  if (!facts) return PolicyAnswers();
  return ask_policies(*runtime, *facts, context.clock, &context.measures);
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

}  // namespace

Result<Repair> PlanCommands::apply(const Uuid& id, const Principal& by, const GateSet& released,
                                   const RequestKey& request) {
  Repair repair;
  Plan found;
  SB_ASSIGN(const PolicyAnswers policies,
            ask_about(context_, runtimes_, id, by.name(), released, context_.clock.wall()));
  const WallTime now = context_.clock.wall();
  const Uuid decision_id = Uuid::make(now, context_.random);
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(const Plan plan, find_sealed_plan(store, id));
    found = plan;
    SB_TRY(context_.backlog->room(plan.reconciler));
    SB_ASSIGN(const auto existing, store.repair(id));
    if (existing) return Error::conflict("plan " + id.text() + " already has a repair");
    const ReconcilerRuntimePtr runtime = runtimes_(plan.reconciler);
    SB_TRY(check_current(plan, runtime.get()));
    SB_TRY(store.lock_switches(SwitchLock::kShared));
    const HeldSubject held{*runtime, plan, by.name(), released, policies};
    SB_ASSIGN(const Facts facts, facts_of_held(store, context_, held, now));
    const Decided decided = decide(facts);
    if (decided.verdict == Verdict::kHold) return Error::refused(refusals_text(decided.reasons));
    const Decision decision{decision_id, plan.reconciler, plan.id,
                            now,         decided.verdict, decided.reasons};
    repair = repair_of(plan, decided.verdict, by.name(), released, now);
    SB_TRY(store.insert_decision(decision));
    SB_TRY(store.insert_repair(repair));
    SB_TRY(note_job(store, request, id, now));
    store.stage_audit(decision_record(decision, plan, by.name()));
    return {};
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  crash_point("accepted");
  if (!policies.facts.empty()) context_.policies->put(id, policies, context_.clock.wall());
  if (repair.state == RepairState::kAwaitingApproval) log_awaits_approval(repair, found);
  context_.repair_moved(repair);
  if (repair.state == RepairState::kQueued) context_.work_queued();
  return repair;
}

}  // namespace sideband
