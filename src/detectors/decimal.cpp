#include "detectors/decimal.h"

#include <charconv>
#include <cstdlib>
#include <string>

namespace sideband::detectors {

std::optional<double> parse_decimal(std::string_view text) {
  // std::from_chars reads a minus, and no plus.
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (stop != end || problem == std::errc::invalid_argument) return std::nullopt;
  // Too large or too small: the C library tells them apart.
  if (problem == std::errc::result_out_of_range) {
    return std::strtod(std::string(text).c_str(), nullptr);
  }
  return number;
}

}  // namespace sideband::detectors
