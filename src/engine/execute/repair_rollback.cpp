#include "engine/execute/repair_rollback.h"

#include <algorithm>

#include "base/crash_point.h"
#include "engine/execute/repair_hook.h"

namespace sideband {

static constexpr std::int64_t kMaxSteps = 1'000'000;

Advance RepairRollback::next() {
  switch (phase_) {
    case Phase::kBegin:
      return work_.undoing() ? load() : move();
    case Phase::kMove:
      return after_move();
    case Phase::kLoad:
      return after_load();
    case Phase::kIntent:
      return intend();
    case Phase::kStep:
      return step_on();
  }
  return StageEnd{};
}

Unit RepairRollback::move() {
  phase_ = Phase::kMove;
  now_ = work_.context.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = work_.job;
    return move_repair(store, next_job_.repair, RepairState::kCompensating, why_, "sideband", now_);
  });
}

Advance RepairRollback::after_move() {
  work_.job = next_job_;
  work_.context.repair_moved(work_.job.repair);
  crash_point("compensating");
  return load();
}

Unit RepairRollback::load() {
  phase_ = Phase::kLoad;
  next_job_ = work_.job;
  return Unit::on_target(kStorePool, [this]() -> Result<void> {
    return work_.context.store.read([this](StoreReader& store) { return find_steps(store); });
  });
}

// The steps yet to be taken back: forward ones whose slice has no finished undo step.
Result<void> RepairRollback::find_steps(StoreReader& store) {
  SB_ASSIGN(const auto steps, store.steps(work_.job.repair.id, 0, kMaxSteps));
  left_.clear();
  outcomes_.clear();
  next_job_.step.reset();
  after_begun_ = false;
  after_again_.reset();
  for (const Step& step : steps) {
    if (is_hook(step)) {
      SB_TRY(note_hook(step));
      continue;
    }
    if (step.undo && step.state == StepState::kIntent) next_job_.step = step;
    if (step.undo && step.state == StepState::kDone) SB_TRY(note_taken_back(step));
    if (!step.undo) left_.push_back(step);
  }
  if (left_.empty()) return {};
  const Step& newest = next_job_.step ? *next_job_.step : left_.back();
  SB_ASSIGN(next_job_.changes, read_chunk(store, work_.job.plan.id, newest.chunk));
  next_job_.chunk = newest.chunk;
  next_job_.offset = newest.from;
  return {};
}

// What was made to take effect is made so again, once it is as before.
Result<void> RepairRollback::note_hook(const Step& step) {
  SB_ASSIGN(const HookReport hook, decode_hook(step));
  if (hook.kind == HookKind::kBefore) return {};
  if (!step.undo) {
    after_begun_ = true;
  } else if (hook.ended) {
    after_again_ = hook;
  } else {
    next_job_.step = step;
  }
  return {};
}

Result<void> RepairRollback::note_taken_back(const Step& step) {
  SB_ASSIGN(const auto outcomes, decode_outcomes(step.outcomes));
  for (const ChangeOutcome& done : outcomes) outcomes_.insert(done.outcome);
  // A rate may have cut it: what is behind its end is yet to be taken back.
  for (Step& forward : left_) {
    if (forward.chunk == step.chunk && forward.from == step.from) forward.from = step.to;
  }
  std::erase_if(left_, [](const Step& forward) { return forward.from >= forward.to; });
  return {};
}

Advance RepairRollback::after_load() {
  work_.job = next_job_;
  RepairJob& job = work_.job;
  if (job.step && is_hook(*job.step)) return StageEnd{.next = StageEnd::Next::kAfter};
  if (!job.poisoned.empty()) {
    if (!job.step) return needs_human(job.poisoned);
    job.repair.note = job.poisoned;
    return run_step(StepRun::unknown(work_, job.poisoned));
  }
  const auto stuck = {Outcome::kFailed, Outcome::kUnknown, Outcome::kFenced};
  if (std::any_of(stuck.begin(), stuck.end(), [&](Outcome o) { return outcomes_.contains(o); })) {
    return needs_human(job.repair.note);
  }
  if (outcomes_.contains(Outcome::kRefused)) {
    return needs_human("undo stopped: somebody changed a resource after us");
  }
  if (after_again_ && !is_settled(after_again_->outcome)) return follow_hook(work_, *after_again_);
  if (left_.empty()) {
    if (after_begun_ && !after_again_) return StageEnd{.next = StageEnd::Next::kAfter};
    return StageEnd{StageEnd::Next::kRelease, job.repair.note, DriftDisposition::kCoolDown,
                    RepairState::kCompensated};
  }
  if (job.step) return run_step(StepRun(work_, true));
  return begin_step();
}

Advance RepairRollback::begin_step() {
  const Step& newest = left_.back();
  phase_ = Phase::kIntent;
  intent_.emplace(work_, work_.job.repair.position + newest.to - newest.from);
  return intend();
}

// No gate stops a way back but the rate.
Advance RepairRollback::intend() {
  if (auto unit = intent_->next()) return *std::move(unit);
  return run_step(StepRun(work_, false));
}

Advance RepairRollback::run_step(StepRun run) {
  phase_ = Phase::kStep;
  run_.emplace(std::move(run));
  return run_->next();
}

Advance RepairRollback::step_on() {
  Advance advance = run_->next();
  const auto* const end = std::get_if<StageEnd>(&advance);
  return end != nullptr && end->next == StageEnd::Next::kSteps ? Advance(load()) : advance;
}

}  // namespace sideband
