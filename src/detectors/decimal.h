// Numbers as people and programs write them.
#pragma once

#include <optional>
#include <string_view>

namespace sideband::detectors {

// A decimal number with at most one sign, and nothing before or behind it: "5", "-.5", "+1e3". Also
// "inf", "infinity" and "nan", in any case. What is too large for a double is infinite, what is too
// small is 0. Nothing for another text. A decimal comma is none, whatever the locale.
std::optional<double> parse_decimal(std::string_view text);

}  // namespace sideband::detectors
