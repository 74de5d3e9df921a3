#include "engine/playbook/playbook_job.h"

#include <algorithm>
#include <set>

#include "engine/decide/gate_state.h"
#include "engine/execute/records.h"
#include "engine/playbook/playbook_undo.h"
#include "model/audit_record.h"
#include "policy/gates/cap.h"
#include "policy/playbook_pin.h"
#include "ports/plan_hash.h"
#include "ports/step_tree.h"

namespace sideband {
namespace {

// More rows than a run can have: each step once, and once back.
constexpr std::int64_t kMaxRows = 100'000;

// A call may last as long as the step's timeout without a chance to renew the lease.
void take_lease(const EngineContext& context, PlaybookJob& job) {
  job.lease = context.take_lease_for(job.repair.lease_until, step_of(job).timeout);
}

AuditRecord step_record(std::string_view kind, const PlaybookJob& job, const std::string& actor,
                        WallTime now) {
  AuditRecord record(kind, now, actor);
  record.add("repair", job.repair.id.text()).add("reconciler", job.repair.reconciler);
  record.add("step", job.row.seq).add("token", job.row.token);
  record.add("name", step_of(job).name);
  if (job.row.undo) record.add("undo", true);
  return record;
}

std::string begun_record(const PlaybookJob& job, WallTime now) {
  AuditRecord record = step_record("intent", job, std::string(requester_of(job.repair)), now);
  record.add("planHash", job.plan.hash).add("does", step_kind_name(step_of(job).kind));
  return record.text();
}

// What the step was about, for the salted root in its outcome: a change itself, else its name and
// what it answered. Values stay out of the log.
Result<std::vector<Change>> bound_changes(StoreReader& store, const PlaybookJob& job) {
  if (job.row.chunk > 0) {
    SB_ASSIGN(const std::string chunk, store.chunk(job.source, job.row.chunk));
    return decode_changes(chunk);
  }
  return std::vector<Change>{
      {step_of(job).name, ChangeOp::kUpdate, State::absent(), State::of_bytes(job.row.output)}};
}

// All or none: those that were taken are given back. One that has begun keeps what it has.
Result<bool> lock_targets(StoreTx& store, const PlaybookSettings& playbook, const Uuid& repair,
                          bool begun) {
  std::set<std::string> targets;  // sorted, so that two runs cannot wait for each other
  for (const PlaybookStep& step : playbook.steps) {
    if (!step.target.empty()) targets.insert(step.target);
  }
  for (const std::string& target : targets) {
    SB_ASSIGN(const bool locked, store.try_lock({target, kWholeTarget, "", "\xff", repair}));
    if (locked) continue;
    if (!begun) SB_TRY(store.unlock(repair));
    return false;
  }
  return true;
}

// Each step that acts counts as one change of the site; a percentage of what is desired there is
// not. Why they are too many; empty = they were counted.
Result<std::string> charge_steps(StoreTx& store, const std::optional<GuardrailSettings>& guardrails,
                                 const PlaybookSettings& playbook, WallTime now) {
  if (!guardrails || guardrails->max_changes.count == 0) return std::string();
  MaxChanges limit = guardrails->max_changes;
  limit.percent = 0;
  const auto steps = static_cast<std::int64_t>(
      std::count_if(playbook.steps.begin(), playbook.steps.end(), [](const PlaybookStep& step) {
        return step.kind == StepKind::kRun || step.kind == StepKind::kChange;
      }));
  SB_ASSIGN(const ChangeWindow window, load_window(store, WindowKind::kSite, ""));
  const Fact<ChangeWindow> used = window;
  const Reason reason = ask_cap({GateId::kSiteMaxChanges, limit, used, steps,
                                 Fact<std::int64_t>::unknown("a playbook has no keys")},
                                now);
  if (!reason.passed()) return refusal_text(reason);
  SB_TRY(charge_site(store, limit, now, steps));
  return std::string();
}

// What runs is what was asked for and approved: the pinned playbook and inputs are hashed again,
// and approvals counted, before the first step. Why it must not run; empty = it may.
Result<std::string> find_tampering(StoreReader& store, const Repair& repair,
                                   const PlaybookRun& run) {
  SB_ASSIGN(const auto plan, store.plan(repair.plan));
  SB_ASSIGN(const std::string chunk, store.chunk(repair.plan, 0));
  SB_ASSIGN(const auto changes, decode_changes(chunk));
  PlanHasher hasher;
  for (const Change& change : changes) hasher.add(change);
  if (!plan || hasher.hex() != plan->hash) {
    return std::string(
        "its playbook and inputs are not those that were asked for: the store was changed by "
        "somebody else");
  }
  if (!run.playbook.approval) return std::string();
  SB_ASSIGN(const auto approvals, store.approvals(repair.id));
  std::set<std::string> people;
  for (const Approval& approval : approvals) {
    const bool counts = approval.approve && approval.plan_hash == plan->hash;
    if (counts && approval.by != repair.requester) people.insert(approval.by);
  }
  const auto needed = std::max<std::int64_t>(1, run.playbook.approval->reviewers);
  if (std::ssize(people) >= needed) return std::string();
  return "it needs " + std::to_string(needed) + " approval(s) and has " +
         std::to_string(people.size());
}

}  // namespace

bool run_is_gone(const Error& error) {
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kCorrupt ||
         error.code == ErrorCode::kInvalid;
}

Result<PlaybookRun> read_run(StoreReader& store, const Uuid& plan) {
  SB_ASSIGN(const std::string chunk, store.chunk(plan, 0));
  return run_of_chunk(chunk);
}

Result<void> load_job(StoreReader& store, PlaybookJob& job) {
  SB_ASSIGN(const std::string chunk, store.chunk(job.plan.id, 0));
  SB_ASSIGN(job.run, run_of_chunk(chunk));
  SB_ASSIGN(job.rows, store.steps(job.repair.id, 0, kMaxRows));
  SB_ASSIGN(const auto changes, decode_changes(chunk));
  SB_ASSIGN(const auto undone, undone_run(changes.front()));
  job.source = undone.value_or(job.plan.id);
  if (!undone) return {};
  SB_ASSIGN(auto rows, rows_to_take_back(store, *undone, job.repair.id));
  rows.insert(rows.end(), job.rows.begin(), job.rows.end());
  job.rows = std::move(rows);
  return {};
}

Result<std::string> playbook_pause(StoreReader& store, const std::string& scope) {
  SB_ASSIGN(const auto pause, load_pause(store, scope, ""));
  if (!pause) return std::string();
  Reason reason = reason_of(GateId::kPause, false);
  reason.with(Evidence::of("paused", pause_text(pause->pause)));
  reason.with(Evidence::of("scope", pause->name));
  return refusal_text(reason) + " (opens by: " + opens_text(reason) + ")";
}

Result<PlaybookStop> playbook_stop(StoreTx& store, const Repair& repair) {
  if (repair.state == RepairState::kCompensating) return PlaybookStop();
  SB_TRY(store.lock_switches(SwitchLock::kShared));
  SB_ASSIGN(const auto cancel, store.cancel_request(repair.id));
  if (cancel) return PlaybookStop{true, cancel_text(*cancel)};
  if (repair.undo) return PlaybookStop();
  SB_ASSIGN(const std::string paused, playbook_pause(store, repair.reconciler));
  return PlaybookStop{false, paused};
}

Result<PlaybookAdmission> admit_playbook(StoreTx& store, Repair& repair,
                                         const std::optional<GuardrailSettings>& guardrails,
                                         WallTime now) {
  const auto run = read_run(store, repair.plan);
  if (!run.ok() && run_is_gone(run.error())) return PlaybookAdmission{true, run.error().message};
  if (!run.ok()) return run.error();
  // Taking back goes on in a pause: that is what a pause would ask for. A cancelled one only ends.
  SB_ASSIGN(const PlaybookStop stop, playbook_stop(store, repair));
  const bool holds = repair.state == RepairState::kRunning && !stop.cancelled;
  if (holds && !stop.why.empty()) return PlaybookAdmission{false, stop.why};
  // Also of one that has begun: its locks may have been released while nobody worked on it.
  const bool begun = repair.started_at != WallTime();
  SB_ASSIGN(const bool locked, lock_targets(store, run->playbook, repair.id, begun));
  if (!locked) return PlaybookAdmission{false, "lock: another repair works on these targets"};
  if (begun) return PlaybookAdmission{};
  SB_ASSIGN(const std::string tampered, find_tampering(store, repair, *run));
  if (!tampered.empty()) return PlaybookAdmission{true, tampered};
  SB_ASSIGN(const std::string held, charge_steps(store, guardrails, run->playbook, now));
  if (!held.empty()) {
    SB_TRY(store.unlock(repair.id));
    return PlaybookAdmission{false, held};
  }
  repair.started_at = now;
  return PlaybookAdmission{};
}

Result<void> begin_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                                 const std::optional<Change>& change, WallTime now) {
  job.row.seq = job.repair.next_step;
  job.row.token = job.repair.token;
  job.row.state = StepState::kIntent;
  take_lease(context, job);
  job.repair.attempt = 0;
  // Of what a person may end without a look, the intent does not count as open.
  const StepKind kind = step_of(job).kind;
  const bool rests = !job.row.undo && (kind == StepKind::kWait || kind == StepKind::kManual);
  if (rests) job.repair.next_step = job.row.seq + 1;
  if (change) {
    job.row.chunk = job.row.seq + 1;  // the first chunk is the run itself
    SB_TRY(store.insert_chunk(job.plan.id, job.row.chunk, encode_changes({*change})));
  }
  SB_TRY(store.put_step(job.repair.id, job.row));
  store.stage_audit(begun_record(job, now));
  return store.update_repair(job.repair);
}

Result<void> resume_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                                  WallTime now) {
  job.row.token = job.repair.token;
  job.row.outcomes.clear();
  take_lease(context, job);
  SB_TRY(store.put_step(job.repair.id, job.row));
  store.stage_audit(begun_record(job, now));
  return store.update_repair(job.repair);
}

Result<void> end_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                               const PlaybookAnswer& answer, const std::string& actor,
                               WallTime now) {
  job.row.state = StepState::kDone;
  job.row.token = job.repair.token;
  job.row.outcomes = encode_outcomes({answer.outcome});
  job.row.output = answer.output;
  job.repair.attempt = 0;
  if (!job.row.undo || job.repair.undo) {
    ++job.repair.position;
    count_outcomes({answer.outcome}, job.repair);
  }
  job.repair.next_step = job.row.seq + 1;
  job.lease = context.take_lease(job.repair);
  SB_ASSIGN(const auto bound, bound_changes(store, job));
  AuditRecord record = step_record("outcome", job, actor, now);
  JsonObject counts;
  counts.add(outcome_name(answer.outcome.outcome), 1);
  record.add_json("outcomes", counts.text());
  if (answer.outcome.inferred) record.add("inferred", true);
  record.add("changesRoot", to_hex(step_root(job.row.salt, bound)));
  SB_TRY(store.put_step(job.repair.id, job.row));
  store.stage_audit(record.text());
  return store.update_repair(job.repair);
}

Result<void> rest_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                                const std::string& why, bool known, WallTime now) {
  job.row.outcomes = known ? encode_outcomes({{Outcome::kFailed, false, why}}) : std::string();
  SB_TRY(store.put_step(job.repair.id, job.row));
  job.repair.lease_owner.clear();
  job.repair.lease_until = context.lease_now() + (job.repair.not_before - now).count();
  // Compensating ones keep their state; the ended lease makes them claimable.
  if (job.repair.state != RepairState::kCompensating) {
    return move_repair(store, job.repair, RepairState::kScheduled, why, std::string(kLoopIdentity),
                       now);
  }
  job.repair.note = why;
  return store.update_repair(job.repair);
}

Result<void> close_open_step(StoreTx& store, const EngineContext& context, Repair& repair,
                             const Plan& plan, const ChangeOutcome& outcome,
                             const std::string& actor, WallTime now) {
  PlaybookJob job;
  job.repair = repair;
  job.plan = plan;
  SB_TRY(load_job(store, job));
  const auto open = std::find_if(job.rows.begin(), job.rows.end(), [](const Step& row) {
    return row.seq >= 0 && row.state == StepState::kIntent;
  });
  if (open == job.rows.end()) return {};
  job.row = *open;
  PlaybookAnswer answer;
  answer.outcome = outcome;
  SB_TRY(end_playbook_step(store, context, job, answer, actor, now));
  repair = job.repair;
  return {};
}

}  // namespace sideband
