// The rule of a time zone's future: the TZ string of POSIX (IEEE 1003.1, 8.3) as TZif files end
// with (RFC 8536, 3.3), "CET-1CEST,M3.5.0,M10.5.0/3".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sideband {

// The day of a year on which clocks are moved, and when.
struct ZoneDay {
  enum class Form : std::uint8_t { kMonthWeekDay, kDayOfYear, kDayWithoutLeap };
  Form form = Form::kMonthWeekDay;
  int month = 0;                    // from 1; of kMonthWeekDay
  int week = 0;                     // 1 to 5, 5 being the last
  int day = 0;                      // of the week from Sunday, 0; else of the year
  std::int64_t seconds = 2 * 3600;  // of local time
};

struct ZoneRule {
  std::int64_t standard_offset = 0;  // ahead of UTC
  std::int64_t summer_offset = 0;
  bool has_summer = false;
  ZoneDay summer_begins, summer_ends;

  [[nodiscard]] std::int64_t offset_at(std::int64_t utc_seconds) const;
};

// Nothing for another form, or an empty text.
std::optional<ZoneRule> parse_zone_rule(std::string_view text);

}  // namespace sideband
