// The check before an expression runs: members that there are not, operators and functions on types
// that they do not take, conditions that are no conditions. What is of type `dyn` is not checked.
#pragma once

#include <vector>

#include "cel/node.h"
#include "cel/resolver.h"
#include "cel/type.h"

namespace sideband::cel {

struct Checked {
  Type type;  // of the whole expression
  std::vector<Problem> problems;
};

// Of a resolved tree; `locals` as the resolver counted them.
Checked check(const Node& root, const Declarations& declarations, std::uint32_t locals);

}  // namespace sideband::cel
