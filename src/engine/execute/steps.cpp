#include "engine/execute/steps.h"

#include <algorithm>

#include "engine/decide/gate_state.h"
#include "engine/execute/records.h"
#include "policy/cohorts.h"
#include "ports/step_tree.h"

namespace sideband {
namespace {

// From this attempt on a resource rests until a person looks.
constexpr std::int64_t kQuarantineAttempts = 3;
constexpr Duration kLeastCooling = std::chrono::seconds(10);
constexpr Duration kQuarantine = std::chrono::hours(24 * 365);

Result<std::optional<StepGrant>> stop_reason(StoreTx& store, const RepairJob& job) {
  // Taking a failed canary back is what a pause or a cancel would ask for.
  if (job.repair.state == RepairState::kCompensating) return std::optional<StepGrant>();
  SB_TRY(store.hold_switches(Switches::kKeep));
  SB_ASSIGN(const auto cancel, store.value(cancel_value(job.repair.id)));
  if (cancel) return std::optional<StepGrant>({StepGrant::Kind::kCancel, {}, *cancel});
  if (job.repair.undo) return std::optional<StepGrant>();
  SB_ASSIGN(const std::string pause, pause_reason(store, job.channel->name()));
  if (pause.empty()) return std::optional<StepGrant>();
  return std::optional<StepGrant>({StepGrant::Kind::kGiveBack, {}, "paused: " + pause});
}

void renew(const EngineContext& context, RepairJob& job) {
  job.lease = context.take_lease(job.repair);
}

}  // namespace

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
    SB_ASSIGN(const auto stop, stop_reason(store, job));
    if (stop) return *stop;
  }
  job.fresh = false;
  const auto size = static_cast<std::int64_t>(job.changes->size());
  const std::int64_t wanted = std::min(size - job.offset, cohort_end - job.repair.position);
  SB_ASSIGN(const RateGrant rate, take_rate(store, *job.channel, now, wanted));
  if (rate.changes == 0) return StepGrant{StepGrant::Kind::kWait, rate.wait, "rateLimit"};
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
  StepEnd end = step_end(context, job, slice, outcomes, now);
  SB_TRY(store.put_step(job.repair.id, end.step));
  store.stage_audit(std::move(end.record));
  return store.update_repair(job.repair);
}

StepEnd step_end(const EngineContext& context, RepairJob& job, const std::vector<Change>& slice,
                 const std::vector<ChangeOutcome>& outcomes, WallTime now) {
  StepEnd end{*job.step, {}};
  Step& step = end.step;
  step.state = StepState::kDone;
  step.outcomes = encode_outcomes(outcomes);
  Repair& repair = job.repair;
  repair.next_step = step.seq + 1;
  if (!step.undo) {
    repair.position += step.to - step.from;
    count_outcomes(outcomes, repair);
  }
  renew(context, job);
  end.record = outcome_record(repair, step, outcomes, step_root(step.salt, slice), now);
  job.step.reset();
  job.offset = step.to;
  return end;
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
  SB_TRY(store.erase_value(cancel_value(repair.id)));
  SB_TRY(store.erase_value(deaths_value(repair.id)));
  SB_TRY(store.update_repair(repair));
  store.stage_audit(record);
  return {};
}

Result<void> move_repair(StoreTx& store, Repair& repair, RepairState to, const std::string& note,
                         const std::string& actor, WallTime now) {
  const std::string record = make_move(repair, to, note, actor, now);
  if (is_terminal(to)) return write_end(store, repair, record);
  SB_TRY(store.update_repair(repair));
  store.stage_audit(record);
  return {};
}

Result<void> release_drifts(StoreTx& store, const Channel& channel,
                            const std::vector<std::string>& keys, Release release, WallTime now) {
  if (keys.empty()) return {};
  const Duration cooldown = channel.settings.gates.cooldown;
  if (release == Release::kClose && cooldown == Duration(0)) {
    return store.erase_drifts(channel.name(), keys);
  }
  SB_ASSIGN(const auto rows, store.drifts(channel.name(), keys));
  std::vector<Drift> changed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    // Gone where a scan closed it meanwhile, or never there: an undo's plan has no drifts of its
    // own.
    if (!rows[i] && release != Release::kClose) continue;
    Drift drift = rows[i].value_or(Drift{});
    if (!rows[i]) drift.first_seen = now;
    drift.key = keys[i];
    // What rests after an earlier repair goes on resting.
    if (release == Release::kJudgeAnew && drift.state == DriftState::kCooling) continue;
    drift.plan = Uuid();
    drift.state = release == Release::kJudgeAnew ? DriftState::kOpen : DriftState::kCooling;
    if (release == Release::kClose) drift.until = now + cooldown;
    if (release == Release::kCool) {
      const std::int64_t attempt = ++drift.attempts;
      const Duration rest = std::max(cooldown, kLeastCooling) * (std::int64_t{1} << attempt);
      drift.until = now + (attempt >= kQuarantineAttempts ? kQuarantine : rest);
    }
    changed.push_back(std::move(drift));
  }
  return store.put_drifts(channel.name(), changed);
}

}  // namespace sideband
