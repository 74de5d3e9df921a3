#include "engine/execute/repair_steps.h"

#include <algorithm>

#include "base/crash_point.h"
#include "engine/decide/plan_chunks.h"
#include "engine/execute/repair_hook.h"
#include "engine/execute/repair_start.h"
#include "engine/observe/page_stream.h"

namespace sideband {
namespace {

// What runs is what was judged and approved: the changes of every chunk are hashed again. Says why
// not; empty = they are.
Result<std::string> find_other_changes(Store& store, const RepairJob& job) {
  SB_ASSIGN(const std::string hash, stored_hash(store, job.plan, sides_overlap(*job.runtime)));
  return hash == job.plan.hash ? std::string() : other_changes(job.plan);
}

StageEnd superseded(const RepairWork& work) {
  const std::string why = std::to_string(work.job.repair.refused) + " of " +
                          std::to_string(work.job.plan.counts.changes()) +
                          " changes were refused: the target moved since the plan; planned anew";
  return {StageEnd::Next::kRelease, why, DriftDisposition::kReopen, RepairState::kSuperseded};
}

// Changes that took no effect yet: their hook is not run after a failure, or a cancel.
std::string with_missing_hook(const RepairWork& work, const std::string& why) {
  const bool missing =
      work.settings().repair.after.is_set() && work.after_done != work.job.repair.position;
  if (!missing || work.job.repair.changed == 0) return why;
  return why +
         (work.after_done ? "; after was not run since an earlier cohort" : "; after was not run");
}

}  // namespace

Advance RepairSteps::next() {
  switch (phase_) {
    case Phase::kBegin:
      return begin();
    case Phase::kLoad:
      return after_load();
    case Phase::kIntent:
      return intend();
    case Phase::kStep:
      return step_on();
  }
  return StageEnd{};
}

Advance RepairSteps::begin() {
  const RepairJob& job = work_.job;
  if (!job.loaded || !job.poisoned.empty()) return load();
  if (!job.step) return go_on();
  crash_point("intent");
  return run_step(false);
}

// Finds the place to go on from: the last step says the chunk and offset, an intent without an
// outcome is resolved first.
Unit RepairSteps::load() {
  phase_ = Phase::kLoad;
  next_job_ = work_.job;
  return Unit::on_target(kStorePool, [this]() -> Result<void> {
    RepairJob& job = next_job_;
    // Of a small plan the claim did that.
    if (job.repair.next_step == 0 && !starts_inline(job)) {
      SB_ASSIGN(job.broken, find_other_changes(work_.context.store, job));
    }
    return work_.context.store.read([this](StoreReader& store) { return find_place(store); });
  });
}

Result<void> RepairSteps::find_place(StoreReader& store) {
  RepairJob& job = next_job_;
  const std::int64_t last = std::max<std::int64_t>(0, job.repair.next_step - 1);
  SB_ASSIGN(const auto steps, store.steps(job.repair.id, last, 2));
  job.step.reset();
  last_hook_.reset();
  open_hook_.reset();
  for (const Step& step : steps) {
    SB_TRY(note_hook(step));
    job.chunk = step.chunk;
    job.offset = step.state == StepState::kDone ? step.to : step.from;
    if (step.state == StepState::kIntent) job.step = step;
  }
  SB_ASSIGN(job.changes, read_chunk(store, job.plan.id, job.chunk));
  const bool at_end = job.offset == static_cast<std::int64_t>(job.changes->size());
  if (at_end && job.chunk + 1 < job.plan.chunks) {
    SB_ASSIGN(job.changes, read_chunk(store, job.plan.id, ++job.chunk));
    job.offset = 0;
  }
  job.loaded = true;
  return {};
}

// The last step that ended, where it is a hook, says which one is not due any more.
Result<void> RepairSteps::note_hook(const Step& step) {
  std::optional<HookReport> hook;
  if (is_hook(step)) {
    SB_ASSIGN(hook, decode_hook(step));
  }
  (step.state == StepState::kDone ? last_hook_ : open_hook_) = std::move(hook);
  return {};
}

void RepairSteps::take_place() {
  work_.job = next_job_;
  if (!last_hook_ || !is_settled(last_hook_->outcome)) return;
  // One before the next cohort comes behind the one after this.
  work_.after_done = work_.job.repair.position;
  if (last_hook_->kind == HookKind::kBefore) work_.before_done = work_.job.repair.position;
}

Advance RepairSteps::after_load() {
  take_place();
  RepairJob& job = work_.job;
  if (open_hook_) {
    const bool before = open_hook_->kind == HookKind::kBefore;
    return StageEnd{.next = before ? StageEnd::Next::kBefore : StageEnd::Next::kAfter};
  }
  if (!job.poisoned.empty()) {
    if (!job.step) return needs_human(job.poisoned);
    // Without a call: what its open step did stays unknown.
    job.repair.note = job.poisoned;
    phase_ = Phase::kStep;
    run_.emplace(StepRun::unknown(work_, job.poisoned));
    return run_->next();
  }
  if (job.step) return run_step(true);
  return job.broken.empty() ? go_on() : needs_human(job.broken);
}

Advance RepairSteps::begin_step() {
  phase_ = Phase::kIntent;
  intent_.emplace(work_, work_.cohort_end(work_.job.repair));
  return intend();
}

Advance RepairSteps::intend() {
  if (auto unit = intent_->next()) return *std::move(unit);
  const StepGrant& grant = intent_->grant();
  if (grant.kind == StepGrant::Kind::kCancel) {
    return cancelled(with_missing_hook(work_, grant.why));
  }
  if (grant.kind == StepGrant::Kind::kGiveBack) {
    return StageEnd{.next = StageEnd::Next::kGiveBack, .why = grant.why};
  }
  if (grant.kind == StepGrant::Kind::kRollBack) {
    return StageEnd{.next = StageEnd::Next::kRollBack, .why = grant.why};
  }
  return run_step(false);
}

Advance RepairSteps::run_step(bool resumed) {
  phase_ = Phase::kStep;
  run_.emplace(work_, resumed);
  return run_->next();
}

Advance RepairSteps::step_on() {
  Advance advance = run_->next();
  const auto* const end = std::get_if<StageEnd>(&advance);
  if (end == nullptr || end->next != StageEnd::Next::kSteps) return advance;
  if (!work_.job.step) return go_on();
  crash_point("intent");
  return run_step(false);
}

// Judged by the record, not by what this worker remembers: a crash right after the outcome must not
// turn a failed step into a good one.
Advance RepairSteps::go_on() {
  const RepairJob& job = work_.job;
  if (!job.cancelled.empty()) return cancelled(with_missing_hook(work_, job.cancelled));
  if (last_hook_ && !is_settled(last_hook_->outcome)) return follow_hook(work_, *last_hook_);
  if (job.repair.failed > 0) return needs_human(with_missing_hook(work_, job.repair.note));
  if (work_.after_due(job.repair)) return StageEnd{.next = StageEnd::Next::kAfter};
  if (work_.refused_too_many(job.repair)) return superseded(work_);
  if (job.repair.state != RepairState::kValidating) return next_forward();
  work_.context.repair_moved(job.repair);
  return StageEnd{.next = StageEnd::Next::kValidate};
}

// After a step, or at the start: the next cohort, chunk or step, or validation.
Advance RepairSteps::next_forward() {
  const Repair& repair = work_.job.repair;
  if (repair.position == work_.job.plan.counts.changes()) {
    return StageEnd{.next = StageEnd::Next::kValidate};
  }
  if (work_.ends_cohort(repair) && work_.checked_until < repair.position) {
    return StageEnd{.next = StageEnd::Next::kCheckCohort};
  }
  if (work_.at_chunk_end()) return load();
  return work_.before_due() ? Advance(StageEnd{.next = StageEnd::Next::kBefore}) : begin_step();
}

}  // namespace sideband
