// Equality and order of values (cel-spec doc/langdef.md, "Equality" and "Ordering"). Pure
// functions.
#pragma once

#include <compare>

#include "cel/value.h"

namespace sideband::cel {

// true, false, or unknown where an unknown part decides it. Values of different types are not
// equal, but for numbers, which are compared as numbers; NaN equals nothing. The work is at most
// the lesser of both weights.
Value equals(const Value& a, const Value& b);

// What < means, for two values of one type, or two numbers; bools, strings, bytes, timestamps and
// durations. Unordered for NaN, and for what has no order: ask has_order first.
std::partial_ordering compare(const Value& a, const Value& b);
bool has_order(const Value& a, const Value& b);

}  // namespace sideband::cel
