// How many changes were let through in a sliding window: the memory of the caps.
//
// Counts are kept in at most 61 slots of window/60 each, so the answer may include up to one slot
// too much, never too little. Each counts until the end of the window under which it was let
// through, also when the window of the configuration is shorter now. What lies far in the future
// (the clock was ahead) counts as let through at the time of the look.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/kept_state.h"

namespace sideband {

class ChangeWindow {
 public:
  ChangeWindow() = default;
  explicit ChangeWindow(std::vector<WindowSlot> slots) : slots_(std::move(slots)) {}
  [[nodiscard]] const std::vector<WindowSlot>& slots() const { return slots_; }

  void add(WallTime now, Duration window, std::int64_t count);
  [[nodiscard]] bool empty() const { return slots_.empty(); }
  [[nodiscard]] std::int64_t used(WallTime now, Duration window) const;
  // Lets what lies in the future count from now on, for as long as it would have; says whether
  // there was anything.
  bool bring_back(WallTime now, Duration window);
  // Takes over what another one let through: what it protects has a new name.
  void merge(const ChangeWindow& other);
  // When the oldest slot that still counts leaves the window; `now` when nothing counts.
  [[nodiscard]] WallTime frees_at(WallTime now, Duration window) const;

 private:
  void put(const WindowSlot& slot);
  std::vector<WindowSlot> slots_;
};

}  // namespace sideband
