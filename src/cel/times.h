// Timestamps and durations as the rule language knows them (cel-spec doc/langdef.md, "Abstract
// Types" and the functions of time). Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cel/value.h"

namespace sideband::cel {

// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
bool in_range(Timestamp time);

// RFC 3339, with up to nine digits of a second; nothing for another form, or out of range.
std::optional<Timestamp> parse_timestamp(std::string_view text);
// In UTC; the fraction without zeros at its end.
std::string timestamp_text(Timestamp time);

// "1h30m", "-1.5s", "250ms", "10us", "3ns", "0"; in nanoseconds. Nothing for another form, or for
// what 64 bits cannot hold (about 292 years).
std::optional<std::int64_t> parse_duration_text(std::string_view text);
// In seconds: "5400s", "-1.5s".
std::string duration_text(std::int64_t nanoseconds);

// Nothing out of range.
std::optional<Timestamp> add(Timestamp time, std::int64_t nanoseconds);
std::optional<std::int64_t> difference(Timestamp later, Timestamp earlier);

}  // namespace sideband::cel
