// The times of a series as programs write them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace sideband::detectors {

// "2026-03-01T12:00:00Z", with "+01:00", "+0100", "+01" or without a zone, which is taken as UTC; a
// blank in place of the T; without seconds, with a fraction of them (what is below a microsecond is
// cut), or a day alone (ISO 8601), also with "/" in place of "-"; or the time since 1970, in
// seconds, "1772366400", "1772366400.5", or, where it has 13, 16 or 19 digits, in milliseconds,
// microseconds or nanoseconds. Of the years 1 to 9999. Nothing for another form.
std::optional<WallTime> parse_series_time(std::string_view text);

}  // namespace sideband::detectors
