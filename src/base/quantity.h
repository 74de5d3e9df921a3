// A number with what it counts: what people write as 20ms, 64MiB, 90% or 1.5.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sideband {

enum class QuantityUnit : std::uint8_t { kNone, kSeconds, kBytes, kShare };
inline constexpr int kQuantityUnits = 4;

struct Quantity {
  double value = 0;  // seconds, bytes, or a share of 1, where it has such a unit
  QuantityUnit unit = QuantityUnit::kNone;
  bool operator==(const Quantity&) const = default;
};

// kInvalid, with examples, for anything else and for what is not finite.
Result<Quantity> parse_quantity(std::string_view text);

// "20ms", "1536 bytes", "90 %", "1.5"; anything that is not finite as such.
std::string format_quantity(double value, QuantityUnit unit);

}  // namespace sideband
