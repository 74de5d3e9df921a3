#include "engine/playbook/playbook_commands.h"

#include "base/crash_point.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/backlog.h"
#include "engine/execute/records.h"
#include "engine/playbook/playbook_job.h"
#include "engine/playbook/playbook_undo.h"
#include "model/audit_record.h"
#include "policy/gates/gate.h"
#include "policy/playbook_inputs.h"
#include "policy/playbook_pin.h"
#include "ports/plan_hash.h"

namespace sideband {
namespace {

std::string hash_of(const Change& change) {
  PlanHasher hasher;
  hasher.add(change);
  return hasher.hex();
}

Plan plan_of(const PlaybookPreview& preview, const Uuid& id, WallTime now) {
  Plan plan;
  plan.id = id;
  plan.reconciler = playbook_scope(preview.run.playbook.name);
  plan.reconciler_version = preview.run.playbook.version;
  plan.state = PlanState::kSealed;
  plan.hash = preview.plan_hash;
  plan.counts.create = 1;
  plan.counts.desired = -1;
  plan.chunks = 1;
  plan.low = plan.high = preview.run.playbook.name;
  plan.observed_at = plan.created_at = now;
  return plan;
}

Repair repair_of(const Plan& plan, const PlaybookPreview& preview, const std::string& by,
                 WallTime now) {
  Repair repair;
  repair.id = repair.plan = plan.id;
  repair.reconciler = plan.reconciler;
  repair.state =
      preview.run.playbook.approval ? RepairState::kAwaitingApproval : RepairState::kQueued;
  repair.requester = by;
  repair.first_seen = repair.created_at = now;
  return repair;
}

Decision decision_of(const Plan& plan, const PlaybookPreview& preview, const std::string& by,
                     const Uuid& id, WallTime now) {
  Decision decision{id, plan.reconciler, plan.id, now, Verdict::kAct, {}};
  decision.reasons.push_back(
      reason_of(GateId::kStartableBy, true).with(Evidence::of("what", by + " may start it")));
  if (const auto& approval = preview.run.playbook.approval) {
    decision.verdict = Verdict::kAwaitApproval;
    decision.reasons.push_back(reason_of(GateId::kApproval, false)
                                   .with(Evidence::of("why", "the playbook says so"))
                                   .with(Evidence::of("requester", by))
                                   .with(Evidence::count("needed", approval->reviewers))
                                   .with(Evidence::count("given", 0)));
  }
  if (preview.stale) {
    decision.reasons.push_back(
        reason_of(GateId::kReviewBy, true).with(Evidence::of("what", "the playbook is stale")));
  }
  return decision;
}

std::string confirm_record(const PlaybookConfirmation& asked, const PlaybookJob& job,
                           WallTime now) {
  AuditRecord record("confirm", now, asked.by.name());
  record.add("repair", job.repair.id.text()).add("reconciler", job.repair.reconciler);
  record.add("name", asked.step).add("done", !asked.failed);
  if (!asked.evidence.empty()) record.add("evidence", asked.evidence);
  return record.text();
}

// The step that waits for a person, as job.row.
Result<void> find_waiting(StoreReader& store, const PlaybookConfirmation& asked, PlaybookJob& job) {
  SB_ASSIGN(const auto repair, store.repair(asked.repair));
  if (!repair || repair->kind() != JobKind::kRun) {
    return Error::not_found("there is no run " + asked.repair.text() + " of a playbook");
  }
  job.repair = *repair;
  SB_ASSIGN(const auto plan, store.plan(repair->plan));
  if (!plan) return Error::conflict("the plan of the run is gone");
  job.plan = *plan;
  SB_TRY(load_job(store, job));
  SB_ASSIGN(const auto views, view_steps(job.run.playbook, job.rows));
  const NextStep next = next_forward_step(job.run.playbook, views);
  const bool waits = job.repair.state == RepairState::kHalted &&
                     next.kind == NextStep::Kind::kStep && next.open &&
                     job.run.playbook.steps[next.step].name == asked.step;
  if (!waits) return Error::conflict("step " + asked.step + " does not wait for a person");
  job.row = *next.open;
  return {};
}

Result<void> check_person(const PlaybookTargets& tools, const ManualStep& manual,
                          const PlaybookConfirmation& asked) {
  if (!manual.by.empty() && !tools.is_among(manual.by, asked.by)) {
    return Error::permission(asked.by.name() + " is not among those who may confirm this step");
  }
  if (asked.evidence.size() > kMaxInputBytes) {
    return Error::invalid("the evidence is longer than " + std::to_string(kMaxInputBytes) +
                          " bytes; name where it lies");
  }
  if (manual.evidence && asked.evidence.empty()) {
    return Error::invalid("this step needs evidence: what shows that it was done");
  }
  return {};
}

PlaybookAnswer answer_of(const PlaybookConfirmation& asked, WallTime now) {
  PlaybookAnswer answer;
  answer.outcome.outcome = asked.failed ? Outcome::kFailed : Outcome::kChanged;
  if (asked.failed) answer.outcome.detail = asked.by.name() + " could not: " + asked.evidence;
  JsonObject output;
  output.add("by", asked.by.name()).add("at", format_time(now)).add("evidence", asked.evidence);
  answer.output = output.text();
  return answer;
}

}  // namespace

Result<PlaybookReview> playbook_review(StoreReader& store, const PlaybookTargets& tools,
                                       const Plan& plan) {
  SB_ASSIGN(const std::string chunk, store.chunk(plan.id, 0));
  SB_ASSIGN(const PlaybookRun run, run_of_chunk(chunk));
  SB_ASSIGN(const auto changes, decode_changes(chunk));
  SB_ASSIGN(const auto undone, undone_run(changes.front()));
  const ApprovalSettings approval = run.playbook.approval.value_or(ApprovalSettings());
  // What is taken back was done by that version, whatever the playbook is now.
  if (undone) return PlaybookReview{approval, run.playbook.version};
  const auto now = tools.playbook(run.playbook.name);
  if (!now || now->version != run.playbook.version) {
    return Error::conflict("playbook " + run.playbook.name +
                           " changed since it was started; start it anew");
  }
  return PlaybookReview{approval, now->version};
}

Result<PlaybookPreview> PlaybookCommands::preview(const PlaybookStart& start) const {
  const auto playbook = tools_.playbook(start.playbook);
  if (!playbook) return Error::not_found("there is no playbook " + start.playbook);
  if (!tools_.is_among(playbook->startable_by, start.by)) {
    return Error::permission(start.by.name() + " is not in startableBy of playbook " +
                             start.playbook);
  }
  const std::string mode = tools_.mode_in_the_way(*playbook);
  if (!mode.empty()) return Error::refused(mode);
  PlaybookPreview preview;
  preview.run.playbook = *playbook;
  SB_ASSIGN(preview.run.inputs, resolve_inputs(playbook->inputs, start.inputs));
  preview.plan_hash = hash_of(change_of_run(preview.run));
  preview.stale = playbook->review_by && *playbook->review_by <= context_.clock.wall();
  return preview;
}

Result<Repair> PlaybookCommands::start(const PlaybookStart& start) {
  SB_ASSIGN(const PlaybookPreview preview, this->preview(start));
  SB_TRY(context_.backlog->room(playbook_scope(preview.run.playbook.name)));
  const StoreFn allowed = [&](StoreTx& store) -> Result<void> {
    SB_TRY(store.lock_switches(SwitchLock::kShared));
    SB_ASSIGN(const std::string paused, playbook_pause(store, preview.run.playbook));
    if (!paused.empty()) return Error::refused(paused);
    const std::string not_signed = unsigned_log(context_);
    return not_signed.empty() ? Result<void>() : Error::refused(not_signed);
  };
  return accept({preview, change_of_run(preview.run), start.by, start.request}, allowed);
}

Result<Repair> PlaybookCommands::accept(const Asked& asked, const StoreFn& allowed) {
  const WallTime now = context_.clock.wall();
  const Plan plan = plan_of(asked.preview, Uuid::make(now, context_.random), now);
  const Decision decision =
      decision_of(plan, asked.preview, asked.by.name(), Uuid::make(now, context_.random), now);
  Repair repair = repair_of(plan, asked.preview, asked.by.name(), now);
  repair.undo = asked.undoes.has_value();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_TRY(allowed(store));
    SB_TRY(store.insert_plan(plan));
    SB_TRY(store.insert_chunk(plan.id, 0, encode_changes({asked.change})));
    SB_TRY(store.insert_decision(decision));
    SB_TRY(store.insert_repair(repair));
    if (asked.undoes) SB_TRY(store.add_undo_of_run(*asked.undoes, repair.id));
    SB_TRY(note_job(store, asked.request, repair.id, now));
    store.stage_audit(decision_record(decision, plan, asked.by.name()));
    return {};
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  crash_point("accepted");
  context_.repair_moved(repair);
  if (repair.state == RepairState::kQueued) context_.work_queued();
  return repair;
}

Result<PlaybookUndo> PlaybookCommands::find_undo(StoreReader& store, const Uuid& id,
                                                 const Principal& by) const {
  SB_ASSIGN(const auto repair, store.repair(id));
  if (!repair || repair->kind() != JobKind::kRun) {
    return Error::not_found("there is no run " + id.text() + " of a playbook");
  }
  if (!is_terminal(repair->state)) {
    return Error::conflict("the run is " + std::string(repair_state_name(repair->state)) +
                           "; cancel it first");
  }
  if (repair->undo) {
    return Error::conflict("this took another run back; start the playbook again instead");
  }
  PlaybookUndo undo;
  SB_ASSIGN(undo.run, read_run(store, repair->plan));
  const auto current = tools_.playbook(undo.run.playbook.name);
  const auto& may = current ? current->startable_by : undo.run.playbook.startable_by;
  if (!tools_.is_among(may, by)) {
    return Error::permission(by.name() + " is not in startableBy of playbook " +
                             undo.run.playbook.name);
  }
  SB_ASSIGN(const auto earlier, store.undos_of_run(id));
  for (const Uuid& other : earlier) {
    SB_ASSIGN(const auto state, store.repair(other));
    if (state && !is_terminal(state->state)) {
      return Error::conflict("repair " + other.text() + " takes this run back already");
    }
  }
  SB_ASSIGN(const auto rows, rows_to_take_back(store, id, Uuid()));
  SB_ASSIGN(const auto views, view_steps(undo.run.playbook, rows));
  SB_ASSIGN(undo.steps, steps_to_take_back(undo.run.playbook, views));
  return undo;
}

Result<PlaybookUndo> PlaybookCommands::preview_undo(const Uuid& run, const Principal& by) const {
  PlaybookUndo undo;
  SB_TRY(context_.store.read([&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(undo, find_undo(store, run, by));
    return {};
  }));
  return undo;
}

Result<Repair> PlaybookCommands::undo(const Uuid& run, const Principal& by,
                                      const RequestKey& request) {
  SB_ASSIGN(const PlaybookUndo undo, preview_undo(run, by));
  SB_TRY(context_.backlog->room(playbook_scope(undo.run.playbook.name)));
  const Change change = change_of_undo(undo.run, run);
  const PlaybookPreview preview{undo.run, hash_of(change), false};
  const StoreFn still = [&](StoreTx& store) -> Result<void> {
    SB_TRY(find_undo(store, run, by));
    return {};
  };
  return accept({preview, change, by, request, run}, still);
}

Result<Repair> PlaybookCommands::confirm(const PlaybookConfirmation& asked) {
  Repair repair;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    PlaybookJob job;
    SB_TRY(find_waiting(store, asked, job));
    SB_TRY(check_person(tools_, step_of(job).manual, asked));
    store.stage_audit(confirm_record(asked, job, now));
    SB_TRY(end_playbook_step(store, context_, job, answer_of(asked, now), asked.by.name(), now));
    SB_TRY(move_repair(store, job.repair, RepairState::kQueued, "", asked.by.name(), now));
    repair = job.repair;
    return {};
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  crash_point("confirmed");
  context_.repair_moved(repair);
  context_.work_queued();
  return repair;
}

}  // namespace sideband
