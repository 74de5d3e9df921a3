// Plans the way back: a new plan whose changes are those of an ended repair, found and want
// swapped, decided like any other.
#pragma once

#include <functional>

#include "engine/decide/policy_round.h"
#include "engine/decide/seal_plan.h"
#include "engine/execute/undo_steps.h"
#include "engine/runtime/context.h"
#include "engine/runtime/unit.h"
#include "model/principal.h"

namespace sideband {

struct UndoOptions {
  Uuid repair;
  Principal requester;
  GateSet released;
  RequestKey request = {};
};

using UndoDone = std::function<void(Result<SealReply>)>;

// Pauses the reconciler when the undo is decided, so that the loop does not repair at once what a
// person took back.
class UndoPlanner final : public Worker {
 public:
  UndoPlanner(EngineContext& context, ReconcilerRuntimePtr runtime, UndoOptions options,
              UndoDone done);
  Unit next(Result<void> last) override;

 private:
  Unit check();
  Unit take_step();
  Unit store_step();
  Unit after_store();
  // Asks policies first, where there are any.
  Unit judge();
  Unit seal();
  Unit drop(const Error& error);

  EngineContext& context_;
  ReconcilerRuntimePtr runtime_;
  UndoOptions options_;
  UndoDone done_;
  UndoSteps steps_;
  enum class Phase : std::uint8_t { kStart, kCheck, kSteps, kStore, kAsk, kSeal, kDrop };
  Phase phase_ = Phase::kStart;
  SealRequest request_;
  SealReply reply_;
  PlanChunk taken_;
  PolicyRound policies_;
};

}  // namespace sideband
