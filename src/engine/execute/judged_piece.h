// What the sides say right before the changes of a step are made, a piece of the step at a time:
// the next piece is read while the target makes the changes of the last one.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/execute/step_execution.h"
#include "engine/observe/prefetcher.h"

namespace sideband {

struct JudgedPiece {
  std::size_t from = 0;                // of the step's changes
  std::vector<ChangeOutcome> settled;  // one for each change; of those that passed it says nothing
  std::vector<std::size_t> passed;     // places in the step of the changes to be made, in order
  bool last = false;
};

// Used by one thread at a time; `runtime` and `order` must outlive it. Blocks on the targets. The
// actual side is read first, then the desired one; where the actual side judges by itself
// (CollectionTraits::judges) its read is the one that it makes in the call that writes. An error: a
// side could not be read, and nothing may be made of this piece and of those behind it.
class JudgedPieces {
 public:
  JudgedPieces(const ReconcilerRuntime& runtime, const StepOrder& order);
  // Not called again after the last one or an error.
  Result<JudgedPiece> next() { return pieces_.next(); }

 private:
  Result<JudgedPiece> judge_next();

  const ReconcilerRuntime& runtime_;
  const StepOrder& order_;
  std::size_t length_;  // of the next piece; grows, so that few calls are made
  std::size_t at_ = 0;
  Prefetcher<JudgedPiece> pieces_;  // last: its thread uses the others
};

}  // namespace sideband
