// Quantities as people write them in configuration: always with their unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

// "250ms", "30s", "5m", "1h30m", "7d". A bare number is an error that says which units exist.
Result<Duration> parse_duration(std::string_view text);
// The shortest text that parse_duration reads back: "1h30m", "0s".
std::string format_duration(Duration duration);

// "64KiB", "1MiB", "2GiB", "512B", "10MB".
Result<std::int64_t> parse_size(std::string_view text);

// "200k", "1M", "500": a count, with decimal multipliers k, M.
Result<std::int64_t> parse_count(std::string_view text);

// "10%", "0.5%": in millionths, so that 10 % is 100,000. Refuses values above 100 %.
Result<std::int64_t> parse_percent(std::string_view text);
std::string format_percent(std::int64_t millionths);

}  // namespace sideband
