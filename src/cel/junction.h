// "And" and "or" of values that may be errors or unknown (cel-spec doc/langdef.md, "Logical
// Operators"): what decides, decides whatever the others are; else unknown comes before an error.
#pragma once

#include "cel/value.h"

namespace sideband::cel {

class Junction {
 public:
  // True for "and": what changes nothing.
  explicit Junction(bool neutral) : neutral_(neutral) {}

  // One side. What is neither a bool nor missing counts as an error.
  void take(const Value& side);
  [[nodiscard]] bool decided() const { return decided_; }
  [[nodiscard]] Value result() const;

 private:
  bool neutral_;
  bool decided_ = false;
  Value missing_;  // null while nothing was
};

// Of two that are both missing, or one: unknown before an error, the names of both, the first
// error.
Value merge_missing(const Value& a, const Value& b);

}  // namespace sideband::cel
