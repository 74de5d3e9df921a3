// What a repair did, step after step, as the changes that take it back.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/observe/prefetcher.h"
#include "ports/plan_hash.h"
#include "ports/store.h"

namespace sideband {

struct UndoStep {
  std::vector<Change> changes;  // of what the step changed itself, turned round
  std::vector<Digest> leaves;   // what a PlanHasher takes of each of them
  bool last = false;
};

// Of a repair that has ended. Used by one thread at a time, which blocks on the store; with `ahead`
// a thread of its own reads the next ones. kNotFound where retention erased the repair meanwhile:
// half of the way back would be worse than none.
class UndoSteps {
 public:
  // `store` must outlive it.
  UndoSteps(Store& store, const Uuid& repair, bool ahead);
  // Not called again after the last one or an error.
  Result<UndoStep> next() { return steps_.next(); }

 private:
  Prefetcher<UndoStep> steps_;
};

}  // namespace sideband
