// Numbers of three types on one line (cel-spec doc/langdef.md, "Numeric Values" and "Ordering"),
// and their texts. Pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cel/value.h"

namespace sideband::cel {

// By what the numbers are, not by how they are stored; unordered with NaN. Both must be numbers. A
// whole number beside a double is compared as the double next to it: the conformance tests of
// cel-spec ask for that above 2^53.
std::partial_ordering compare_numbers(const Value& a, const Value& b);
double nearest_double(const Value& number);

// Decimal digits with an optional sign; nothing when it is no number or does not fit.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<std::uint64_t> parse_uint(std::string_view text);
// What strtod reads of a decimal number, "NaN", "Infinity", "-Infinity" and "inf"; nothing else,
// and no space around it. Too large a number is infinite.
std::optional<double> parse_double(std::string_view text);

// Towards zero; nothing for what int and uint cannot hold.
std::optional<std::int64_t> int_of(double number);
std::optional<std::uint64_t> uint_of(double number);

// The shortest text that reads back as the same number: "1", "0.1", "1e+30", "NaN", "-Infinity".
std::string double_text(double number);

}  // namespace sideband::cel
