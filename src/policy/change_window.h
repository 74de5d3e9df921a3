// How many changes were let through in a sliding window: the memory of the caps.
//
// Counts are kept in at most 61 slots of window/60 each, so the answer may include up to one slot
// too much, never too little. Each counts until the end of the window under which it was let
// through, also when the window of the configuration is shorter now. What lies in the future (the
// clock was ahead) counts as let through at the time of the look.
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
  // From text(), also of the form of stores before schema version 4; empty text is an empty window.
  // kCorrupt on anything else.
  static Result<ChangeWindow> parse(const std::string& text);
  [[nodiscard]] std::string text() const;

  void add(WallTime now, Duration window, std::int64_t count);
  [[nodiscard]] bool empty() const { return slots_.empty(); }
  [[nodiscard]] std::int64_t used(WallTime now, Duration window) const;
  // Takes over what another one let through: what it protects has a new name.
  void merge(const ChangeWindow& other);
  // When the oldest slot that still counts leaves the window; `now` when nothing counts.
  [[nodiscard]] WallTime frees_at(WallTime now, Duration window) const;

 private:
  struct Slot {
    std::int64_t start_us = 0;
    std::int64_t count = 0;
    std::int64_t until_us = 0;  // counts until then in any case
  };
  void put(const Slot& slot);
  std::vector<Slot> slots_;
};

}  // namespace sideband
