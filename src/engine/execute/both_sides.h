// Fresh reads of the resources of changes: the actual side first, then the desired one.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/execute/step_execution.h"
#include "engine/observe/wanted.h"

namespace sideband {

// In the order of the changes that they were read for.
struct BothSides {
  std::vector<Item> actual;
  std::vector<WantedState> want;
};

std::vector<std::string> keys_of(std::span<const Change> changes);

// What is wanted beside `actual`, which was read before: by the desired side, which is read here,
// or, in an undo, by the changes alone. Blocks on both targets.
Result<BothSides> with_wanted(const ReconcilerRuntime& runtime, std::span<const Change> changes,
                              std::vector<Item> actual, StepMode mode);

// Both, with the actual side read through `side`.
Result<BothSides> read_both(const ReconcilerRuntime& runtime, Collection& side,
                            std::span<const Change> changes, StepMode mode);

}  // namespace sideband
