// What an evaluation saw, as a tree like that of the expression; a loop has a branch for each
// round.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cel/node.h"
#include "cel/value.h"

namespace sideband::cel {

struct Traced {
  const Node* node = nullptr;
  std::string round;  // in loops: what their names were, "x = 1"
  Value value;
  std::vector<Traced> children;
};

class Trace {
 public:
  // Keeps at most so many nodes, and then nothing below them.
  explicit Trace(std::size_t most) : left_(most) {}

  void enter(const Node& node);
  void leave(const Value& value);
  // What the names of the loop that was entered last are from now on.
  void set_round(const std::string& names);
  // Whether something was left out.
  [[nodiscard]] bool cut() const { return cut_; }
  // Of the whole expression, once it is done.
  [[nodiscard]] const Traced& root() const { return root_; }

 private:
  std::size_t left_;
  bool cut_ = false;
  std::uint32_t skipped_ = 0;  // how many nodes deep we are in what is left out
  struct Open {
    Traced traced;
    std::string inner_round;  // of what is below it
  };
  Traced root_;
  std::vector<Open> open_;  // from the root down
};

}  // namespace sideband::cel
