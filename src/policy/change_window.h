// How many changes were let through in a sliding window: the memory of the maxChanges gate.
//
// Counts are kept in at most 61 slots of window/60 each, so the answer may include up to one slot
// too much, never too little.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

class ChangeWindow {
 public:
  ChangeWindow() = default;
  // From text(); empty text is an empty window. kCorrupt on anything else.
  static Result<ChangeWindow> parse(const std::string& text);
  [[nodiscard]] std::string text() const;

  void add(WallTime now, Duration window, std::int64_t count);
  [[nodiscard]] std::int64_t used(WallTime now, Duration window) const;
  // When the oldest slot that still counts leaves the window; `now` when nothing counts.
  [[nodiscard]] WallTime frees_at(WallTime now, Duration window) const;

 private:
  struct Slot {
    std::int64_t start_us = 0;
    std::int64_t count = 0;
  };
  std::vector<Slot> slots_;
};

}  // namespace sideband
