// Offsets of local time from UTC, by the files of the IANA time zone database (RFC 8536) that the
// system has in /usr/share/zoneinfo. The library of g++ 12 has no std::chrono::time_zone, and
// localtime() knows only the zone of the whole process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/zone_rule.h"

namespace sideband {

// One zone. Immutable and thread-safe.
class TimeZone {
 public:
  // From the bytes of a TZif file of version 2 or later. kCorrupt for anything else.
  static Result<TimeZone> parse(std::string_view bytes);

  // Seconds that local time is ahead of UTC at that time.
  [[nodiscard]] std::int64_t offset_at(std::int64_t utc_seconds) const;

 private:
  struct Change {
    std::int64_t at = 0;
    std::int64_t offset = 0;  // from then on
  };
  std::int64_t first_offset_ = 0;  // before the first change
  std::vector<Change> changes_;    // by time
  std::optional<ZoneRule> rule_;   // behind the last change
};

// The zone of that name, like "Europe/Berlin" or "UTC"; kNotFound with the name. Reads a file the
// first time that a zone is asked for, and keeps it; thread-safe.
Result<std::shared_ptr<const TimeZone>> find_time_zone(std::string_view name);

// "UTC", "Europe/Berlin", or an offset: "+02:00", "-02:30", "02:00". kNotFound with the name. Finds
// zones as find_time_zone does.
Result<std::int64_t> zone_offset_at(std::string_view zone, std::int64_t utc_seconds);

}  // namespace sideband
