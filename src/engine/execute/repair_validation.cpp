#include "engine/execute/repair_validation.h"

#include <algorithm>

#include "base/crash_point.h"

namespace sideband {

static constexpr Duration kMinPoll = std::chrono::milliseconds(20);

Advance RepairValidation::next() {
  switch (phase_) {
    case Phase::kBegin:
      if (work_.job.repair.state != RepairState::kValidating) return move();
      return begin();
    case Phase::kMove:
      work_.job = next_job_;
      work_.context.repair_moved(work_.job.repair);
      return begin();
    case Phase::kWait:
      if (auto unit = wait_->next()) return *unit;
      return look();
    case Phase::kRenew:
      return look();
    case Phase::kLook:
      return after_look();
  }
  return StageEnd{};
}

Unit RepairValidation::move() {
  phase_ = Phase::kMove;
  now_ = work_.context.clock.wall();
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    next_job_ = work_.job;
    return move_repair(store, next_job_.repair, RepairState::kValidating, "", "sideband", now_);
  });
}

Advance RepairValidation::begin() {
  const ValidateSettings& spec = work_.settings().validate;
  deadline_ = work_.context.clock.mono() + spec.settle + spec.stay_good + spec.within;
  good_since_ = WallTime();
  work_.moved.clear();
  begin_pass(ValidationPass::Path::kOwn);
  return spec.settle > Duration(0) ? wait(spec.settle) : look();
}

void RepairValidation::begin_pass(ValidationPass::Path path) {
  pass_.reset();
  found_ = Validation();
  path_ = path;
}

Advance RepairValidation::wait(Duration how_long) {
  phase_ = Phase::kWait;
  wait_.emplace(work_, how_long);
  return next();
}

// One step; a long pass keeps the lease.
Advance RepairValidation::look() {
  if (work_.lease_due()) {
    phase_ = Phase::kRenew;
    return work_.renew("while validating");
  }
  phase_ = Phase::kLook;
  return Unit::on_target(work_.job.runtime->pool(), [this]() -> Result<void> {
    if (!pass_) pass_.emplace(work_, 0, path_);
    SB_ASSIGN(more_, pass_->look(found_));
    return {};
  });
}

Advance RepairValidation::after_look() {
  if (more_) return look();
  work_.moved = found_.moved;
  std::sort(work_.moved.begin(), work_.moved.end());
  return found_.bad.empty() && found_.unknown.empty() ? pass_was_good() : pass_was_bad();
}

Advance RepairValidation::pass_was_good() {
  using Path = ValidationPass::Path;
  const WallTime now = work_.context.clock.wall();
  if (good_since_ == WallTime()) good_since_ = now;
  const Duration rest = work_.settings().validate.stay_good - (now - good_since_);
  const bool has_independent = work_.job.runtime->independent != nullptr;
  if (rest <= Duration(0) && (!has_independent || path_ == Path::kIndependent)) {
    crash_point("validated");
    return StageEnd{StageEnd::Next::kRelease, "", DriftDisposition::kClosed,
                    RepairState::kConverged};
  }
  begin_pass(has_independent ? Path::kIndependent : Path::kOwn);
  return rest <= Duration(0) ? look() : wait(rest);
}

Advance RepairValidation::pass_was_bad() {
  const std::string verdict =
      found_.bad.empty() ? "validation inconclusive: " : "validation failed: ";
  if (work_.context.clock.mono() >= deadline_) return needs_human(verdict + found_.first_problem);
  good_since_ = WallTime();
  begin_pass(ValidationPass::Path::kOwn);
  return wait(std::max(Duration(work_.settings().validate.within / 20), kMinPoll));
}

}  // namespace sideband
