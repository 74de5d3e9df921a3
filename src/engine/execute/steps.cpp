#include "engine/execute/steps.h"

#include <algorithm>

#include "engine/decide/breaker_rows.h"
#include "engine/decide/gate_state.h"
#include "engine/execute/records.h"
#include "policy/cohorts.h"
#include "policy/gates/gate.h"
#include "ports/step_tree.h"

namespace sideband {
namespace {

constexpr Duration kMinRest = std::chrono::seconds(10);
constexpr Duration kRefusedRest = std::chrono::seconds(1);
constexpr Duration kMaxRest = std::chrono::minutes(10);
// Of what is a person's matter: others or time may have cured it.
constexpr Duration kPersonsRest = std::chrono::hours(1);

// A rest that doubles with each time that came before, up to kMaxRest, but never less than asked.
Duration growing_rest(Duration rest, std::int64_t times) {
  Duration grown = rest;
  for (std::int64_t i = 0; i < times && grown < kMaxRest; ++i) grown *= 2;
  return std::max(rest, std::min(grown, kMaxRest));
}

enum class Purpose : std::uint8_t {
  kChange,
  kComplete,  // what was changed takes effect: held back, it would be neither as before nor
              // repaired
};

// Of what completes a change nothing counts but that its record can be signed.
const Reason* counting_refusal(const std::vector<Reason>& reasons, Purpose purpose) {
  if (purpose == Purpose::kChange) return first_refusal(reasons);
  const auto found = std::find_if(reasons.begin(), reasons.end(), [](const Reason& reason) {
    return reason.gate == GateId::kAudit && !reason.passed();
  });
  return found == reasons.end() ? nullptr : &*found;
}

// Every gate that is asked before a step, and the switch of a cancel.
Result<std::optional<StepGrant>> stop_reason(StoreTx& store, const EngineContext& context,
                                             const RepairJob& job, Purpose purpose, WallTime now) {
  // Taking a failed canary back is what a pause or a cancel would ask for.
  if (job.repair.state == RepairState::kCompensating) return std::optional<StepGrant>();
  SB_TRY(store.lock_switches(SwitchLock::kShared));
  SB_ASSIGN(const auto cancel, store.cancel_request(job.repair.id));
  if (cancel) return std::optional<StepGrant>({StepGrant::Kind::kCancel, {}, cancel_text(*cancel)});
  SB_ASSIGN(const Facts facts, gather_facts(store, subject_of(context, job, Phase::kStep), now));
  const std::vector<Reason> reasons = ask_gates(facts);
  const Reason* refusal = counting_refusal(reasons, purpose);
  if (refusal == nullptr) return std::optional<StepGrant>();
  // What did nothing yet has nothing to take back.
  const bool back = job.repair.next_step > 0 && takes_back(*refusal);
  const auto kind = back ? StepGrant::Kind::kRollBack : StepGrant::Kind::kGiveBack;
  return std::optional<StepGrant>({kind, {}, refusal_text(*refusal)});
}

void renew(const EngineContext& context, RepairJob& job) {
  job.lease = context.take_lease(job.repair);
}

}  // namespace

Subject subject_of(const EngineContext& context, const RepairJob& job, Phase phase) {
  return {.phase = phase,
          .runtime = *job.runtime,
          .plan = job.plan,
          .undo = job.repair.undo,
          .requester = job.repair.requester,
          .released = job.repair.released,
          .fresh_count = Fact<std::int64_t>::unknown("not asked in this phase"),
          .unsigned_for = context.unsigned_for(),
          .place = no_place(),
          .signals = context.signals->numbers(),
          .policies = phase == Phase::kClaim ? context.policies->of(job.plan.id) : PolicyAnswers()};
}

void count_outcomes(const std::vector<ChangeOutcome>& outcomes, Repair& repair) {
  for (const ChangeOutcome& outcome : outcomes) {
    switch (outcome.outcome) {
      case Outcome::kChanged:
        ++repair.changed;
        break;
      case Outcome::kAlreadyThere:
        ++repair.already_there;
        break;
      case Outcome::kRefused:
        ++repair.refused;
        break;
      case Outcome::kFailed:
      case Outcome::kUnknown:
      case Outcome::kFenced:
        ++repair.failed;
        break;
    }
  }
}

Result<StepGrant> begin_step(StoreTx& store, EngineContext& context, RepairJob& job,
                             std::int64_t cohort_end, const std::string& salt, WallTime now) {
  SB_ASSIGN(StepGrant grant, open_step(store, context, job, cohort_end, salt, now));
  if (grant.kind == StepGrant::Kind::kGo) SB_TRY(store.update_repair(job.repair));
  return grant;
}

Result<StepGrant> open_step(StoreTx& store, EngineContext& context, RepairJob& job,
                            std::int64_t cohort_end, const std::string& salt, WallTime now) {
  if (!job.fresh) {
    SB_ASSIGN(const auto stop, stop_reason(store, context, job, Purpose::kChange, now));
    if (stop) return *stop;
  }
  job.fresh = false;
  const auto size = static_cast<std::int64_t>(job.changes->size());
  const std::int64_t wanted =
      std::min({size - job.offset, cohort_end - job.repair.position, job.runtime->max_changes});
  SB_ASSIGN(const RateGrant rate, take_rate(store, *job.runtime, now, wanted));
  if (rate.changes == 0) return StepGrant{StepGrant::Kind::kWait, rate.wait, rate.why};
  Step step;
  step.seq = job.repair.next_step;
  step.chunk = job.chunk;
  step.from = job.offset;
  step.to = job.offset + rate.changes;
  step.undo = job.repair.state == RepairState::kCompensating;
  step.token = job.repair.token;
  step.salt = salt;
  renew(context, job);
  SB_TRY(store.put_step(job.repair.id, step));
  store.stage_audit(intent_record(job.repair, job.plan, step, now));
  job.step = step;
  job.resumed = false;
  return StepGrant{};
}

Result<StepGrant> begin_hook(StoreTx& store, EngineContext& context, RepairJob& job,
                             const HookIntent& intent, WallTime now) {
  if (!job.fresh) {
    const auto purpose = intent.kind == HookKind::kAfter ? Purpose::kComplete : Purpose::kChange;
    SB_ASSIGN(const auto stop, stop_reason(store, context, job, purpose, now));
    if (stop) return *stop;
  }
  job.fresh = false;
  Step step;
  step.seq = job.repair.next_step;
  step.chunk = job.chunk;
  step.from = step.to = job.offset;
  step.undo = job.repair.state == RepairState::kCompensating;
  step.token = job.repair.token;
  step.salt = intent.salt;
  step.output = encode_hook({.kind = intent.kind});
  job.lease = context.take_lease_for(job.repair.lease_until, intent.call);
  SB_TRY(store.put_step(job.repair.id, step));
  SB_TRY(store.update_repair(job.repair));
  store.stage_audit(intent_record(job.repair, job.plan, step, now));
  job.step = step;
  job.resumed = false;
  return StepGrant{};
}

Result<void> end_hook(StoreTx& store, EngineContext& context, RepairJob& job,
                      const HookReport& report, WallTime now) {
  Step step = *job.step;
  step.state = StepState::kDone;
  step.outcomes = encode_outcomes({});
  step.output = encode_hook(report);
  job.repair.next_step = step.seq + 1;
  job.step.reset();
  job.resumed = false;
  renew(context, job);
  SB_TRY(store.put_step(job.repair.id, step));
  store.stage_audit(
      outcome_record(job.repair, step, {report.outcome}, step_root(step.salt, {}), now));
  return store.update_repair(job.repair);
}

Result<void> resume_step(StoreTx& store, EngineContext& context, RepairJob& job, WallTime now) {
  job.step->token = job.repair.token;
  renew(context, job);
  SB_TRY(store.put_step(job.repair.id, *job.step));
  SB_TRY(store.update_repair(job.repair));
  store.stage_audit(intent_record(job.repair, job.plan, *job.step, now));
  job.resumed = true;
  return {};
}

Result<void> end_step(StoreTx& store, EngineContext& context, RepairJob& job,
                      const std::vector<Change>& slice, const std::vector<ChangeOutcome>& outcomes,
                      WallTime now) {
  const Digest root = step_root(job.step->salt, slice);
  StepEnd end = step_end(context, job, root, outcomes, now);
  SB_TRY(store.put_step(job.repair.id, end.step));
  store.stage_audit(std::move(end.record));
  return store.update_repair(job.repair);
}

Result<void> close_unlooked(StoreTx& store, EngineContext& context, RepairJob& job,
                            const ChangeOutcome& outcome, WallTime now) {
  SB_ASSIGN(const auto open, store.steps(job.repair.id, job.repair.next_step, 1));
  if (open.empty() || open.front().state != StepState::kIntent) return {};
  job.step = open.front();
  if (is_hook(*job.step)) {
    SB_ASSIGN(HookReport report, decode_hook(*job.step));
    report.ended = true;
    report.outcome = outcome;
    return end_hook(store, context, job, report, now);
  }
  SB_ASSIGN(const std::string bytes, store.chunk(job.plan.id, job.step->chunk));
  SB_ASSIGN(const std::vector<Change> changes, decode_changes(bytes));
  std::vector<Change> slice(changes.begin() + job.step->from, changes.begin() + job.step->to);
  if (job.step->undo) {
    for (Change& change : slice) change = reversed(change);
  }
  return end_step(store, context, job, slice, std::vector(slice.size(), outcome), now);
}

StepEnd step_end(const EngineContext& context, RepairJob& job, const Digest& root,
                 const std::vector<ChangeOutcome>& outcomes, WallTime now) {
  StepEnd end{*job.step, {}};
  Step& step = end.step;
  step.state = StepState::kDone;
  step.outcomes = encode_outcomes(outcomes);
  Repair& repair = job.repair;
  repair.next_step = step.seq + 1;
  repair.refused_since = WallTime();
  if (!step.undo) {
    repair.position += step.to - step.from;
    count_outcomes(outcomes, repair);
  }
  renew(context, job);
  end.record = outcome_record(repair, step, outcomes, root, now);
  job.step.reset();
  job.offset = step.to;
  return end;
}

std::vector<std::int64_t> cohorts_of(const RepairJob& job) {
  return cohort_ends(job.runtime->settings.gates.canary, job.plan.counts.changes(),
                     job.probe_changes);
}

std::string make_move(Repair& repair, RepairState to, const std::string& note,
                      const std::string& actor, WallTime now) {
  const RepairState from = repair.state;
  SB_CHECK(!transition_cause(from, to).empty());
  repair.state = to;
  repair.note = note;
  if (is_terminal(to)) repair.ended_at = now;
  return state_record(repair, from, actor, now);
}

Result<void> write_end(StoreTx& store, const Repair& repair, const std::string& record) {
  SB_TRY(store.unlock(repair.id));
  SB_TRY(store.put_cancel(repair.id, {}));
  SB_TRY(store.put_crashes(repair.id, {}));
  SB_TRY(store.update_repair(repair));
  store.stage_audit(record);
  return {};
}

Result<void> write_counted_end(StoreTx& store, const RepairJob& job, const std::string& record,
                               WallTime now) {
  SB_TRY(count_end(store, *job.runtime, job.repair, now));
  return write_end(store, job.repair, record);
}

Result<void> move_repair(StoreTx& store, Repair& repair, RepairState to, const std::string& note,
                         const std::string& actor, WallTime now) {
  const std::string record = make_move(repair, to, note, actor, now);
  if (is_terminal(to)) return write_end(store, repair, record);
  SB_TRY(store.update_repair(repair));
  store.stage_audit(record);
  return {};
}

Duration longest_rest(Duration cooldown) {
  return std::max({cooldown, kMaxRest, kPersonsRest});
}

GrowingRest rest_after_repair(Duration cooldown, WallTime now) {
  if (cooldown == Duration(0)) return {now, cooldown, 0, cooldown};
  GrowingRest rest{now, cooldown, 0, std::max(cooldown, kMaxRest)};
  while (growing_rest(cooldown, rest.doublings) < rest.longest) ++rest.doublings;
  return rest;
}

Result<void> release_drifts(StoreTx& store, const ReconcilerRuntime& runtime,
                            const std::vector<std::string>& keys, DriftDisposition disposition,
                            WallTime now) {
  if (keys.empty()) return {};
  const Duration cooldown = runtime.settings.gates.cooldown;
  const bool closes = disposition == DriftDisposition::kClosed;
  if (closes && !runtime.settings.gates.remembers_repairs()) {
    return store.erase_drifts(runtime.name(), keys);
  }
  SB_ASSIGN(const auto rows, store.drifts(runtime.name(), keys));
  std::vector<Drift> changed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    // Gone where a scan closed it meanwhile, or never there: an undo's plan has no drifts of its
    // own.
    if (!rows[i] && !(closes && cooldown > Duration(0))) continue;
    Drift drift = rows[i].value_or(Drift{});
    drift.key = keys[i];
    // What rests after an earlier repair goes on resting.
    const bool open =
        disposition == DriftDisposition::kReopen || disposition == DriftDisposition::kRefused;
    if (open && drift.rests()) continue;
    drift.plan = Uuid();
    drift.state = open ? DriftState::kOpen : DriftState::kCooling;
    if (disposition == DriftDisposition::kRefused && ++drift.refused > 1) {
      drift.state = DriftState::kCooling;
      drift.until = now + growing_rest(kRefusedRest, drift.refused - 2);
    }
    if (disposition == DriftDisposition::kClosed) {
      drift.attempts = 0;
      drift.refused = 0;
      drift.first_seen = WallTime();
      drift.until = now + growing_rest(cooldown, drift.reopens);
    }
    if (disposition == DriftDisposition::kCoolDown) {
      const std::int64_t attempt = ++drift.attempts;
      const Duration rest = growing_rest(std::max(cooldown, kMinRest), attempt);
      drift.until = now + (attempt >= kPersonsAttempts ? kPersonsRest : rest);
    }
    changed.push_back(std::move(drift));
  }
  return store.put_drifts(runtime.name(), changed);
}

}  // namespace sideband
