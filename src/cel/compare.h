// Equality and order of values (cel-spec doc/langdef.md, "Equality" and "Ordering"). Pure
// functions.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

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

// Empty where items have one order; else what is wrong: "needs items of one order".
std::string why_not_sorted(const std::vector<Value>& items);
// Steps for each weight of what is sorted.
inline constexpr std::uint64_t kSortCost = 16;

}  // namespace sideband::cel
