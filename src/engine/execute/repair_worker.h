// Carries one claimed repair to its end. Resumes from whatever an earlier claim left.
//
//   hook before ⇄ steps ⇄ hook after, cohort check → validation → release
//                               └→ rollback ⇄ hook after ─────────────┘
#pragma once

#include <variant>

#include "engine/execute/cohort_check.h"
#include "engine/execute/repair_hook.h"
#include "engine/execute/repair_release.h"
#include "engine/execute/repair_rollback.h"
#include "engine/execute/repair_steps.h"
#include "engine/execute/repair_validation.h"

namespace sideband {

class RepairWorker final : public Worker {
 public:
  RepairWorker(EngineContext& context, RepairJob job) : work_(context, std::move(job)) {}

  Unit next(Result<void> last) override;

 private:
  // Ends with the unit under way.
  struct Ending {
    Advance next() { return StageEnd{}; }
  };

  Unit stopped(const Error& error);
  // The first stage of a repair that was just claimed.
  StageEnd start();
  Advance enter(StageEnd end);
  Advance advance();
  Unit give_back(const std::string& why);
  Unit schedule_retry(const std::string& why);
  Unit await_target(const std::string& why);
  Unit schedule(const std::string& why, Duration delay);

  RepairWork work_;
  bool started_ = false;
  std::variant<Ending, RepairSteps, RepairHook, CohortCheck, RepairRollback, RepairValidation,
               RepairRelease>
      stage_;
};

}  // namespace sideband
