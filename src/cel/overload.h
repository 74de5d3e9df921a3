// Functions of the rule language: what they take and what they answer. A function is chosen by the
// kinds of its arguments when it is called, and checked by their types before that.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cel/budget.h"
#include "cel/value.h"

namespace sideband::cel {

// What a function is called with: its arguments, none of them an error or unknown, and the budget
// that it charges for what takes longer than going through its texts once: that is charged before.
struct Call {
  std::span<const Value> args;
  Budget& budget;
};

using Function = Value (*)(const Call& call);

// One letter for each parameter and for the result: n null, b bool, i int, u uint, d double,
// s string, y bytes, l list, m map, t timestamp, D duration, T type, o optional, * anything.
struct Overload {
  std::string_view params;
  char result = '*';
  Function function = nullptr;
};
using Overloads = std::vector<Overload>;

bool takes(char letter, Kind kind);

}  // namespace sideband::cel
