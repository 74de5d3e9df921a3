#include "engine/execute/step_run.h"

#include <algorithm>
#include <iterator>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/execute/repair_release.h"
#include "engine/observe/page_stream.h"
#include "policy/hook_values.h"
#include "ports/step_tree.h"

namespace sideband {
namespace {

// Of fewer a thread costs more than it saves.
constexpr std::size_t kManyChanges = 200;

bool is_open(const ChangeOutcome& outcome) {
  return outcome.outcome == Outcome::kFailed || outcome.outcome == Outcome::kUnknown ||
         outcome.outcome == Outcome::kFenced;
}

bool waits_for_target(const ChangeOutcome& outcome) {
  return is_open(outcome) && outcome.retry == Retry::kWhenReady;
}

bool needs_person(const ChangeOutcome& outcome) {
  return is_open(outcome) && outcome.retry == Retry::kPerson;
}

}  // namespace

StepRun::StepRun(RepairWork& work, bool resumed) : work_(work), resumed_(resumed) {}

StepRun StepRun::unknown(RepairWork& work, const std::string& why) {
  StepRun run(work, false);
  run.given_up_ = why;
  return run;
}

Advance StepRun::next() {
  switch (phase_) {
    case Phase::kBegin:
      if (!given_up_.empty()) {
        root_ = step_root(work_.job.step->salt, changes());
        const auto count = static_cast<std::size_t>(work_.job.step->to - work_.job.step->from);
        return record_outcomes(
            std::vector<ChangeOutcome>(count, {Outcome::kUnknown, false, given_up_}));
      }
      if (resumed_ && asks_target()) return ask_target();
      return resumed_ ? resume() : execute();
    case Phase::kAsk:
      if (refusal_) return StageEnd{.next = StageEnd::Next::kAwaitTarget, .why = *refusal_};
      return resume();
    case Phase::kResume:
      work_.job = next_job_;
      return execute();
    case Phase::kExecute:
      return after_execute();
    case Phase::kOutcome:
      return after_outcome();
    case Phase::kConverge:
      return after_converge();
  }
  return StageEnd{};
}

// Not before deletions alone: a target that is full takes these.
bool StepRun::asks_target() {
  if (work_.job.repair.refused_since == WallTime() || !work_.job.cancelled.empty()) return false;
  const auto all = changes();
  return std::any_of(all.begin(), all.end(),
                     [](const Change& change) { return change.op != ChangeOp::kDelete; });
}

// Before anything is recorded or sent once more. Whatever else is wrong, the step itself will say.
Unit StepRun::ask_target() {
  phase_ = Phase::kAsk;
  return Unit::on_target(work_.job.runtime->pool(), [this]() -> Result<void> {
    const ReconcilerRuntime& runtime = *work_.job.runtime;
    const auto accepts = runtime.actual->accepts_writes(runtime.call_timeout);
    refusal_.reset();
    if (!accepts.ok() && accepts.error().retry == Retry::kWhenReady) {
      refusal_ = accepts.error().message;
    }
    return {};
  });
}

void StepRun::tell_accepted(WallTime refused_since) const {
  if (refused_since == WallTime()) return;
  log(LogLevel::kInfo, "target refuses no more, the repair goes on",
      {{"reconciler", work_.job.repair.reconciler}, {"repair", work_.job.repair.id.text()}});
}

Unit StepRun::resume() {
  phase_ = Phase::kResume;
  now_ = work_.context.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = work_.job;
    return resume_step(store, work_.context, next_job_, now_);
  });
}

Unit StepRun::execute() {
  phase_ = Phase::kExecute;
  return Unit::on_target(work_.job.runtime->pool(), [this]() -> Result<void> {
    SB_TRY(renew_in_call());
    const StepOrder doing = order();
    Thread beside;
    const bool ahead = doing.changes.size() >= kManyChanges && sides_overlap(*work_.job.runtime);
    if (ahead) {
      beside = Thread(
          "step ahead", [this] { work_beside(); }, ThreadPriority::kOfStarter);
    }
    report_ = execute_step(*work_.job.runtime, doing);
    if (!ahead) work_beside();
    beside.join();
    if (report_.lapsed) work_.context.measures.lease_lapsed(work_.settings());
    good_at_once_ = validates_at_once() && look_at_once();
    return {};
  });
}

void StepRun::work_beside() {
  root_ = step_root(work_.job.step->salt, changes());
  prefetch_chunk();
}

std::span<const Change> StepRun::changes() {
  const RepairJob& job = work_.job;
  const auto from = static_cast<std::size_t>(job.step->from);
  const auto all =
      std::span(*job.changes).subspan(from, static_cast<std::size_t>(job.step->to) - from);
  if (!work_.undoing()) return all;
  if (reversed_.empty())
    std::transform(all.begin(), all.end(), std::back_inserter(reversed_), reversed);
  return reversed_;
}

StepOrder StepRun::order() {
  const RepairJob& job = work_.job;
  StepOrder order{changes(),    job.repair.id, job.repair.token,
                  work_.mode(), job.resumed,   job.step->seq};
  order.only_look = job.cancelled;
  order.time_to_act = [this] { return work_.job.lease.time_to_act(work_.context.clock.mono()); };
  return order;
}

// A call may have waited long for its turn. Here and not as a unit of its own, after which it would
// wait again.
Result<void> StepRun::renew_in_call() {
  if (!work_.lease_due() || work_.lease_over()) return {};
  return work_.context.store.run(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    work_.job.lease = work_.context.take_lease(work_.job.repair);
    return store.update_repair(work_.job.repair);
  });
}

// The chunk after this one, so that the next intent can share the transaction of this outcome. What
// cannot be read now is asked for again later: the outcome must be recorded in any case.
void StepRun::prefetch_chunk() {
  following_.reset();
  const RepairJob& job = work_.job;
  const bool ends_chunk = job.step->to == static_cast<std::int64_t>(job.changes->size());
  if (work_.undoing() || !ends_chunk || job.chunk + 1 >= job.plan.chunks) return;
  const auto read = work_.context.store.read([&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(following_, read_chunk(store, job.plan.id, job.chunk + 1));
    return {};
  });
  if (!read.ok()) following_.reset();
}

Advance StepRun::after_execute() {
  if (good_at_once_) return converge();
  const auto& outcomes = report_.outcomes;
  const auto first = std::find_if(outcomes.begin(), outcomes.end(), is_open);
  if (first == outcomes.end()) return record_outcomes(outcomes);
  // One that time does not cure ends the repair: what else failed is planned anew, without it.
  const auto stuck = std::find_if(outcomes.begin(), outcomes.end(), needs_person);
  const bool person =
      stuck != outcomes.end() || (report_.error && !cures_itself(report_.error->retry));
  const std::string& detail = stuck == outcomes.end() ? first->detail : stuck->detail;
  const Error error = report_.error.value_or(Error::unavailable(detail));
  const bool refuses = error.retry == Retry::kWhenReady ||
                       std::any_of(outcomes.begin(), outcomes.end(), waits_for_target);
  if (refuses && !person && work_.job.cancelled.empty()) {
    return StageEnd{.next = StageEnd::Next::kAwaitTarget, .why = error.message};
  }
  if (person || work_.job.repair.attempt >= work_.settings().retry.limit) {
    work_.job.repair.note = error.message;
    return record_outcomes(outcomes);
  }
  return StageEnd{.next = StageEnd::Next::kRetry, .why = error.message};
}

Unit StepRun::record_outcomes(std::vector<ChangeOutcome> outcomes) {
  phase_ = Phase::kOutcome;
  now_ = work_.context.clock.wall();
  salt_ = work_.context.random.bytes(32);
  report_.outcomes = std::move(outcomes);
  RepairJob ended = work_.job;
  const StepEnd end = step_end(work_.context, ended, root_, report_.outcomes, now_);
  return Unit::in_store(Lane::kControl, [this, ended, end](StoreTx& store) -> Result<void> {
    next_job_ = ended;
    SB_TRY(store.put_step(ended.repair.id, end.step));
    store.stage_audit(end.record);
    if (goes_straight_on(next_job_.repair)) return begin_next(store);
    SB_TRY(store.update_repair(next_job_.repair));
    if (!work_.ends_execution(next_job_.repair)) return {};
    return move_repair(store, next_job_.repair, RepairState::kValidating, "", "sideband", now_);
  });
}

// No cohort ends here, nothing failed, and the changes of the next step are at hand.
bool StepRun::goes_straight_on(const Repair& repair) const {
  const RepairJob& job = work_.job;
  const bool in_chunk = job.step->to < static_cast<std::int64_t>(job.changes->size());
  const bool looked_at_first = runs_for_each(work_.settings().repair.before);
  return !work_.undoing() && !work_.ends_cohort(repair) && repair.failed == 0 &&
         !work_.refused_too_many(repair) && job.cancelled.empty() &&
         (in_chunk || (following_ && !looked_at_first));
}

// Whatever the grant says: where there is no step afterwards, it is asked for again.
Result<void> StepRun::begin_next(StoreTx& store) {
  if (next_job_.offset == static_cast<std::int64_t>(next_job_.changes->size())) {
    next_job_.changes = following_;
    next_job_.offset = 0;
    ++next_job_.chunk;
  }
  SB_TRY(
      open_step(store, work_.context, next_job_, work_.cohort_end(next_job_.repair), salt_, now_));
  return store.update_repair(next_job_.repair);
}

Advance StepRun::after_outcome() {
  // Of a plan of many chunks the store keeps them: here they would cost memory for each change.
  if (!work_.undoing() && work_.job.plan.chunks == 1) {
    work_.settled.push_back({*work_.job.step, report_.outcomes});
  }
  tell_accepted(work_.job.repair.refused_since);
  work_.job = next_job_;
  crash_point("outcome");
  work_.context.measures.step_ended(work_.settings(), report_.outcomes);
  return StageEnd{.next = StageEnd::Next::kSteps};
}

// With no times to wait for, and one step that is the whole plan, the look follows the act in the
// same call, and outcome and end share a transaction. Everything else takes the longer way.
bool StepRun::validates_at_once() const {
  const ValidateSettings& spec = work_.settings().validate;
  const RepairJob& job = work_.job;
  const bool waits = spec.settle > Duration(0) || spec.stay_good > Duration(0);
  const bool whole = job.step->seq == 0 && work_.cohort_ends.size() == 1 &&
                     job.step->to - job.step->from == job.plan.counts.changes();
  const bool follows = work_.settings().repair.after.is_set();
  return !waits && whole && !follows && !work_.undoing() && job.cancelled.empty() &&
         std::all_of(report_.outcomes.begin(), report_.outcomes.end(), is_settled);
}

// Fresh reads of the whole step, by the independent path too; true when all of them are good.
bool StepRun::look_at_once() {
  const auto all = changes();
  work_.moved.clear();
  for (const bool independent : {false, true}) {
    if (independent && work_.job.runtime->independent == nullptr) continue;
    const Validation look = validate_changes(*work_.job.runtime, all, work_.mode(), independent);
    if (!look.bad.empty() || !look.unknown.empty()) return false;
    work_.moved = look.moved;
    std::sort(work_.moved.begin(), work_.moved.end());
  }
  return true;
}

Unit StepRun::converge() {
  crash_point("validated");
  phase_ = Phase::kConverge;
  now_ = work_.context.clock.wall();
  next_job_ = work_.job;
  const StepEnd end = step_end(work_.context, next_job_, root_, report_.outcomes, now_);
  const std::string moved =
      make_move(next_job_.repair, RepairState::kConverged, "", "sideband", now_);
  return Unit::in_store(Lane::kControl, [this, end, moved](StoreTx& store) -> Result<void> {
    SB_TRY(store.put_step(next_job_.repair.id, end.step));
    store.stage_audit(end.record);
    const StepRelease release{*work_.job.runtime, work_.moved, DriftDisposition::kClosed, now_};
    SB_ASSIGN(anew_, release_step(store, release, *work_.job.changes, end.step, report_.outcomes));
    return write_counted_end(store, next_job_, moved, now_);
  });
}

Advance StepRun::after_converge() {
  crash_point("outcome");
  work_.context.measures.step_ended(work_.settings(), report_.outcomes);
  if (!anew_.empty()) work_.context.request_reevaluation(work_.job.runtime->name(), anew_);
  tell_accepted(work_.job.repair.refused_since);
  work_.job = next_job_;
  tell_repair_ended(work_);
  return StageEnd{};
}

}  // namespace sideband
