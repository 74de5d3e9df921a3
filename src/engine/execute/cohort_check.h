// The canary: a cohort has to hold for a while, and is then looked at, before the next one begins.
#pragma once

#include "engine/execute/lease_wait.h"

namespace sideband {

class CohortCheck {
 public:
  explicit CohortCheck(RepairWork& work);
  // Units; then kSteps, kRollBack, or the end of an undo whose canary failed.
  Advance next();

 private:
  enum class Phase : std::uint8_t { kHold, kLook };
  Unit look();
  Advance after_look();

  RepairWork& work_;
  Phase phase_ = Phase::kHold;
  LeaseWait hold_;
  Validation found_;
};

}  // namespace sideband
