// Gives the names of a tree their meaning: variables and the expression's own names become numbered
// slots, calls the functions that they choose from, what is constant its value.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "cel/node.h"
#include "cel/type.h"

namespace sideband::cel {

// What is wrong with an expression, and where.
struct Problem {
  std::size_t offset = 0;
  std::string message;
};

struct Resolved {
  std::uint32_t locals = 0;       // slots of the expression's own names
  std::vector<Problem> problems;  // each is an error constant in the tree, too
};

// Changes the tree in place. A name or function that there is not becomes an error that is met when
// it is evaluated, so that `true || nothing` is true: whoever wants it sooner looks at `problems`.
Resolved resolve(Node& root, const Declarations& declarations);

// The type that a name stands for, as in `type(x) == int`; empty for others.
std::string_view type_named(std::string_view name);

}  // namespace sideband::cel
