// Validation of a repair: fresh reads of everything that was changed, until they were good for
// stayGood, the last time by the independent path where there is one.
#pragma once

#include <optional>

#include "engine/execute/lease_wait.h"
#include "engine/execute/validation_pass.h"

namespace sideband {

class RepairValidation {
 public:
  explicit RepairValidation(RepairWork& work) : work_(work) {}
  // Units; then kRelease: converged, or for a person.
  Advance next();

 private:
  enum class Phase : std::uint8_t { kBegin, kMove, kWait, kRenew, kLook };

  Unit move();
  Advance begin();
  Advance wait(Duration how_long);
  Advance look();
  Advance after_look();
  Advance pass_was_good();
  Advance pass_was_bad();
  void begin_pass(ValidationPass::Path path);

  RepairWork& work_;
  Phase phase_ = Phase::kBegin;
  std::optional<LeaseWait> wait_;
  MonoTime deadline_;
  WallTime good_since_;  // epoch = not good yet

  // The pass under way.
  std::optional<ValidationPass> pass_;
  ValidationPass::Path path_ = ValidationPass::Path::kOwn;
  bool more_ = false;
  Validation found_;

  // Results of the unit under way.
  RepairJob next_job_;
  WallTime now_;
};

}  // namespace sideband
