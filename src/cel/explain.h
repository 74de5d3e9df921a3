// Why an expression has the value that it has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cel/trace.h"
#include "cel/value.h"

namespace sideband::cel {

// One part of an expression, as it stands in the source.
struct Part {
  std::string text;
  std::string round;  // in a loop: what its names were, "x = 1"; else empty
  Value value;
  std::vector<Part> parts;  // those that were looked at; literals are left out
};

struct Explanation {
  Value value;
  Part tree;
  // The fewest conditions that make the value what it is, whatever the others are: of `a && b` that
  // is false, one that is false; of one that is true, both. Conditions are what && || ! ?: all()
  // and exists() are made of. For what is no bool, the whole expression.
  std::vector<Part> decided_by;
  bool cut = false;  // there was more than is kept
};

// Of what was traced; `source` is the expression's.
Part part_of(std::string_view source, const Traced& traced);
std::vector<const Traced*> deciding(const Traced& traced);

}  // namespace sideband::cel
