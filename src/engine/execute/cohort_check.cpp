#include "engine/execute/cohort_check.h"

#include "base/crash_point.h"
#include "engine/execute/validation_pass.h"

namespace sideband {

CohortCheck::CohortCheck(RepairWork& work)
    : work_(work), hold_(work, work.settings().gates.canary.hold) {
  work_.job.repair.gate_wait_us += work.settings().gates.canary.hold.count();
}

Advance CohortCheck::next() {
  if (phase_ == Phase::kLook) return after_look();
  if (auto unit = hold_.next()) return *unit;
  return look();
}

Unit CohortCheck::look() {
  phase_ = Phase::kLook;
  return Unit::on_target(work_.job.runtime->pool(), [this]() -> Result<void> {
    found_ = Validation();
    ValidationPass pass(work_, work_.cohort_from_step, ValidationPass::Path::kOwn);
    bool more = true;
    while (more) {
      SB_ASSIGN(more, pass.look(found_));
    }
    return {};
  });
}

Advance CohortCheck::after_look() {
  crash_point("cohort_checked");
  if (found_.bad.empty() && found_.unknown.empty()) {
    work_.checked_until = work_.job.repair.position;
    work_.cohort_from_step = work_.job.repair.next_step;
    return StageEnd{.next = StageEnd::Next::kSteps};
  }
  const std::string why = "canary failed: " + found_.first_problem;
  if (work_.job.repair.undo) return needs_human(why);
  return StageEnd{.next = StageEnd::Next::kRollBack, .why = why};
}

}  // namespace sideband
