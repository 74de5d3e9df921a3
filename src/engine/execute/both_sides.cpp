#include "engine/execute/both_sides.h"

namespace sideband {

std::vector<std::string> keys_of(std::span<const Change> changes) {
  std::vector<std::string> keys;
  keys.reserve(changes.size());
  for (const Change& change : changes) keys.push_back(change.key);
  return keys;
}

Result<BothSides> with_wanted(const ReconcilerRuntime& runtime, std::span<const Change> changes,
                              std::vector<Item> actual, StepMode mode) {
  BothSides sides;
  sides.actual = std::move(actual);
  if (mode == StepMode::kUndo) {
    sides.want.reserve(changes.size());
    for (const Change& change : changes) sides.want.push_back({change.want, false});
    return sides;
  }
  SB_ASSIGN(const std::vector<Item> desired,
            runtime.desired->read(keys_of(changes), runtime.call_timeout));
  SB_ASSIGN(sides.want, wanted_states(runtime, desired, sides.actual));
  return sides;
}

Result<BothSides> read_both(const ReconcilerRuntime& runtime, Collection& side,
                            std::span<const Change> changes, StepMode mode) {
  SB_ASSIGN(std::vector<Item> actual, side.read(keys_of(changes), runtime.call_timeout));
  return with_wanted(runtime, changes, std::move(actual), mode);
}

}  // namespace sideband
