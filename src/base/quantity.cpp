#include "base/quantity.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/units.h"

namespace sideband {

Result<Quantity> parse_quantity(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (!text.empty() && error == std::errc() && stop == end && std::isfinite(number)) {
    return Quantity{number, QuantityUnit::kNone};
  }
  if (const auto duration = parse_duration(text); duration.ok()) {
    return Quantity{static_cast<double>(duration->count()) / 1e6, QuantityUnit::kSeconds};
  }
  if (const auto size = parse_size(text); size.ok()) {
    return Quantity{static_cast<double>(*size), QuantityUnit::kBytes};
  }
  if (const auto share = parse_percent(text); share.ok()) {
    return Quantity{static_cast<double>(*share) / 1e6, QuantityUnit::kShare};
  }
  return Error::invalid("\"" + std::string(text) +
                        "\" is neither a number nor one with a unit; write it like 1.5, 20ms, "
                        "64MiB or 90%");
}

std::string format_quantity(double value, QuantityUnit unit) {
  // What a duration can hold, in seconds.
  constexpr double kLongest = 1e12;
  const bool whole_range = std::isfinite(value) && std::abs(value) < kLongest;
  switch (unit) {
    case QuantityUnit::kSeconds:
      if (whole_range) return format_duration(Duration(std::llround(value * 1e6)));
      break;
    case QuantityUnit::kBytes:
      return fmt::format("{:.15g} bytes", value);
    case QuantityUnit::kShare:
      return fmt::format("{:.10g} %", value * 100);
    case QuantityUnit::kNone:
      break;
  }
  return fmt::format("{:.15g}", value);
}

}  // namespace sideband
