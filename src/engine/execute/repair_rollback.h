// Takes back, newest first, the steps of a repair whose canary failed.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/execute/step_intent.h"
#include "engine/execute/step_run.h"

namespace sideband {

class RepairRollback {
 public:
  // `why`: of a repair that is not in this state yet; it is moved there first.
  RepairRollback(RepairWork& work, std::string why) : work_(work), why_(std::move(why)) {}
  Advance next();

 private:
  enum class Phase : std::uint8_t { kBegin, kMove, kLoad, kIntent, kStep };

  Unit move();
  Advance after_move();
  Unit load();
  Result<void> find_steps(StoreReader& store);
  Result<void> note_hook(const Step& step);
  Result<void> note_taken_back(const Step& step);
  Advance after_load();
  Advance begin_step();
  Advance intend();
  Advance run_step(StepRun run);
  Advance step_on();

  RepairWork& work_;
  const std::string why_;
  Phase phase_ = Phase::kBegin;
  std::optional<StepRun> run_;
  std::optional<StepIntent> intent_;

  // Results of the unit under way.
  RepairJob next_job_;
  WallTime now_;
  std::vector<Step> left_;                 // still to be taken back, the newest last
  std::set<Outcome> outcomes_;             // of those that were
  bool after_begun_ = false;               // on the way forward
  std::optional<HookReport> after_again_;  // what it came to on the way back
};

}  // namespace sideband
