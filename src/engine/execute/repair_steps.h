// The steps of a repair, one after the other, until a cohort ends, every change has its outcome, or
// something stops it. Resumes from whatever an earlier claim left.
#pragma once

#include <optional>

#include "engine/execute/step_intent.h"
#include "engine/execute/step_run.h"

namespace sideband {

class RepairSteps {
 public:
  explicit RepairSteps(RepairWork& work) : work_(work) {}
  Advance next();

 private:
  enum class Phase : std::uint8_t { kBegin, kLoad, kIntent, kStep };

  Advance begin();
  Unit load();
  Result<void> find_place(StoreReader& store);
  Result<void> note_hook(const Step& step);
  void take_place();
  Advance after_load();
  Advance begin_step();
  Advance intend();
  Advance run_step(bool resumed);
  Advance step_on();
  // What the recorded outcomes allow.
  Advance go_on();
  Advance next_forward();

  RepairWork& work_;
  Phase phase_ = Phase::kBegin;
  std::optional<StepRun> run_;
  std::optional<StepIntent> intent_;

  // Results of the unit under way.
  RepairJob next_job_;
  std::optional<HookReport> last_hook_;  // where the last step that ended is one
  std::optional<HookReport> open_hook_;  // one whose outcome nobody recorded
};

}  // namespace sideband
