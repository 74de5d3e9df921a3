#include "engine/execute/repair_worker.h"

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/execute/event_log.h"
#include "policy/backoff.h"

namespace sideband {

Unit RepairWorker::next(Result<void> last) {
  if (!last.ok()) return stopped(last.error());
  Advance advance = started_ ? this->advance() : Advance(start());
  while (auto* const end = std::get_if<StageEnd>(&advance)) {
    if (end->next == StageEnd::Next::kStop) return Unit::done();
    advance = enter(std::move(*end));
  }
  return std::get<Unit>(std::move(advance));
}

Advance RepairWorker::advance() {
  return std::visit([](auto& stage) { return stage.next(); }, stage_);
}

// Our lease may be gone, or the store is: stop here. The next claim resumes by looking.
Unit RepairWorker::stopped(const Error& error) {
  const bool stop = error.code == ErrorCode::kCancelled;
  if (stop && work_.holding) return give_back("the daemon is stopping");
  log(stop ? LogLevel::kInfo : LogLevel::kWarn, "repair worker stopped",
      {{"repair", work_.job.repair.id.text()}, {"why", error.message}});
  return Unit::done();
}

StageEnd RepairWorker::start() {
  started_ = true;
  const RepairJob& job = work_.job;
  work_.context.repair_moved(job.repair);
  const bool first = job.repair.next_step == 0 && job.repair.attempt == 0 && !job.resumed &&
                     job.repair.refused_since == WallTime();
  if (first && job.repair.state == RepairState::kRunning) log_repair_started(job.repair, job.plan);
  crash_point("claimed");
  if (work_.undoing()) return {.next = StageEnd::Next::kRollBack};
  const bool validates = job.repair.state == RepairState::kValidating && job.poisoned.empty();
  return {.next = validates ? StageEnd::Next::kValidate : StageEnd::Next::kSteps};
}

Advance RepairWorker::enter(StageEnd end) {
  switch (end.next) {
    case StageEnd::Next::kSteps:
      stage_.emplace<RepairSteps>(work_);
      break;
    case StageEnd::Next::kBefore:
      stage_.emplace<RepairHook>(work_, HookKind::kBefore);
      break;
    case StageEnd::Next::kAfter:
      stage_.emplace<RepairHook>(work_, HookKind::kAfter);
      break;
    case StageEnd::Next::kCheckCohort:
      stage_.emplace<CohortCheck>(work_);
      break;
    case StageEnd::Next::kValidate:
      stage_.emplace<RepairValidation>(work_);
      break;
    case StageEnd::Next::kRollBack:
      stage_.emplace<RepairRollback>(work_, std::move(end.why));
      break;
    case StageEnd::Next::kRelease:
      stage_.emplace<RepairRelease>(work_, end.disposition, end.to, std::move(end.why));
      break;
    case StageEnd::Next::kGiveBack:
      return give_back(end.why);
    case StageEnd::Next::kAwaitTarget:
      return await_target(end.why);
    case StageEnd::Next::kRetry:
      return schedule_retry(end.why);
    case StageEnd::Next::kStop:
      return Unit::done();
  }
  return advance();
}

Unit RepairWorker::give_back(const std::string& why) {
  stage_.emplace<Ending>();
  work_.holding = false;
  const WallTime now = work_.context.clock.wall();
  return Unit::in_store(Lane::kControl, [this, why, now](StoreTx& store) -> Result<void> {
    Repair repair = work_.job.repair;
    repair.lease_owner.clear();
    repair.lease_until = 0;
    repair.note = why;
    // Validating and compensating ones keep their state; the ended lease makes them claimable.
    if (repair.state != RepairState::kRunning) return store.update_repair(repair);
    return move_repair(store, repair, RepairState::kQueued, why, "sideband", now);
  });
}

Unit RepairWorker::schedule_retry(const std::string& why) {
  Repair& repair = work_.job.repair;
  ++repair.attempt;
  repair.refused_since = WallTime();
  log(LogLevel::kWarn, "repair step failed, will be tried again",
      {{"repair", repair.id.text()}, {"why", why}});
  const double fraction = work_.context.random.fraction();
  return schedule(why, backoff_delay(work_.settings().retry, repair.attempt, fraction));
}

// No attempt is used up: nothing is wrong with the repair.
Unit RepairWorker::await_target(const std::string& why) {
  const WallTime now = work_.context.clock.wall();
  Repair& repair = work_.job.repair;
  if (repair.refused_since == WallTime()) {
    repair.refused_since = now;
    log(LogLevel::kWarn, "target refuses, the repair waits for it",
        {{"reconciler", repair.reconciler}, {"repair", repair.id.text()}, {"why", why}});
  }
  return schedule(waiting_note(repair, why),
                  refusal_delay(now - repair.refused_since, work_.context.random.fraction()));
}

Unit RepairWorker::schedule(const std::string& why, Duration delay) {
  stage_.emplace<Ending>();
  const WallTime now = work_.context.clock.wall();
  work_.job.repair.not_before = now + delay;
  return Unit::in_store(Lane::kControl, [this, why, now](StoreTx& store) -> Result<void> {
    Repair moved = work_.job.repair;
    moved.lease_owner.clear();
    moved.lease_until = work_.context.lease_now() + (moved.not_before - now).count();
    if (work_.undoing()) return store.update_repair(moved);
    return move_repair(store, moved, RepairState::kScheduled, why, "sideband", now);
  });
}

}  // namespace sideband
