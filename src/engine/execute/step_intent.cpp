#include "engine/execute/step_intent.h"

#include "base/crash_point.h"

namespace sideband {

std::optional<Unit> StepIntent::next() {
  switch (phase_) {
    case Phase::kBegin:
      return ask();
    case Phase::kAsked:
      return answered();
    case Phase::kWait:
      break;
  }
  auto unit = wait_->next();
  return unit ? std::move(unit) : ask();
}

Unit StepIntent::ask() {
  if (work_.lease_over()) return work_.lapse("before a step");
  phase_ = Phase::kAsked;
  salt_ = work_.context.random.bytes(32);
  now_ = work_.context.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = work_.job;
    SB_ASSIGN(grant_, begin_step(store, work_.context, next_job_, until_, salt_, now_));
    return {};
  });
}

std::optional<Unit> StepIntent::answered() {
  if (grant_.kind == StepGrant::Kind::kWait) {
    work_.job.repair.gate_wait_us += grant_.wait.count();
    phase_ = Phase::kWait;
    wait_.emplace(work_, grant_.wait);
    return next();
  }
  if (grant_.kind != StepGrant::Kind::kGo) return std::nullopt;
  work_.job = next_job_;
  crash_point("intent");
  return std::nullopt;
}

}  // namespace sideband
