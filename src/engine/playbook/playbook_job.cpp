#include "engine/playbook/playbook_job.h"

#include "engine/decide/gate_state.h"
#include "engine/execute/records.h"
#include "engine/playbook/playbook_undo.h"
#include "model/audit_record.h"
#include "policy/gates/gate.h"
#include "policy/playbook_pin.h"
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

Result<std::string> playbook_pause(StoreReader& store, const PlaybookSettings& playbook) {
  SB_ASSIGN(const auto pause, load_pause(store, pause_keys(playbook), ""));
  if (!pause) return std::string();
  Reason reason = reason_of(GateId::kPause, false);
  reason.with(Evidence::of("paused", pause_text(pause->pause)));
  reason.with(Evidence::of("scope", pause->scope.key()));
  return refusals_text({reason});
}

std::string unsigned_log(const EngineContext& context) {
  return refusals_text({ask_signed(context.unsigned_for())});
}

Result<PlaybookStop> playbook_stop(StoreTx& store, const EngineContext& context,
                                   const PlaybookJob& job) {
  const Repair& repair = job.repair;
  if (repair.state == RepairState::kCompensating) return PlaybookStop();
  SB_TRY(store.lock_switches(SwitchLock::kShared));
  SB_ASSIGN(const auto cancel, store.cancel_request(repair.id));
  if (cancel) return PlaybookStop{true, cancel_text(*cancel)};
  const std::string not_signed = unsigned_log(context);
  if (repair.undo || !not_signed.empty()) return PlaybookStop{false, not_signed};
  SB_ASSIGN(const std::string paused, playbook_pause(store, job.run.playbook));
  return PlaybookStop{false, paused};
}

Result<void> begin_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                                 const std::optional<Change>& change, WallTime now) {
  job.row.seq = job.repair.next_step;
  job.row.token = job.repair.token;
  job.row.state = StepState::kIntent;
  take_lease(context, job);
  job.repair.attempt = 0;
  job.repair.refused_since = WallTime();
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
  job.repair.refused_since = WallTime();
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

}  // namespace sideband
