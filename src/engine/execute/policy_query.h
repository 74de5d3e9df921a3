// Asks policies about a repair that could begin but for them: when it was decided their answers may
// have been others, and they are not kept over a restart.
//
//   gather → ask, on each target's pool → record → tell the board → wake who claims
#pragma once

#include "engine/decide/policy_round.h"
#include "engine/execute/steps.h"

namespace sideband {

class PolicyQuery final : public Worker {
 public:
  // For a job that PolicyBoard::begin() gave to the caller.
  PolicyQuery(EngineContext& context, RepairJob job);
  Unit next(Result<void> last) override;

 private:
  Unit record();
  Unit end(const Result<void>& recorded);

  EngineContext& context_;
  const RepairJob job_;
  PolicyRound round_;
  bool recording_ = false;
};

}  // namespace sideband
