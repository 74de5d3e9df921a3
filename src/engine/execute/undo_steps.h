// What a repair did, step after step, as the changes that take it back.
#pragma once

#include "engine/decide/plan_chunks.h"

namespace sideband {

// Each one is a chunk of the plan that takes the repair back: what a step changed itself, turned
// round. Of a repair that has ended. Used by one thread at a time, which blocks on the store; with
// `ahead` a thread of its own reads the next ones. kNotFound where retention erased the repair
// meanwhile: half of the way back would be worse than none.
class UndoSteps {
 public:
  // `store` must outlive it.
  UndoSteps(Store& store, const Uuid& repair, bool ahead);
  // Not called again after the last one or an error.
  Result<PlanChunk> next() { return steps_.next(); }

 private:
  Prefetcher<PlanChunk> steps_;
};

}  // namespace sideband
