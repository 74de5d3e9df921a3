// What a reconciler wants of its actual side, in the form in which that side keeps it.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/reconciler_runtime.h"

namespace sideband {

struct WantedState {
  State state;           // absent, too, where the actual side has no form for what is desired
  bool desired = false;  // the desired side has this item
};

// Of items that were read from both sides, in the same order. Blocks on the actual side, which is
// asked where the two differ.
Result<std::vector<WantedState>> wanted_states(const ReconcilerRuntime& runtime,
                                               const std::vector<Item>& desired,
                                               const std::vector<Item>& actual);

// As compare(). What is desired and has no form at the actual side is deleted there, also without
// `prune`: it is no extra.
Comparison compare_wanted(const ReconcilerRuntime& runtime, const std::string& key,
                          const WantedState& want, const State& found);

}  // namespace sideband
