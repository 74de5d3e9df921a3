// Calendar dates and times of day, by the Gregorian calendar. Pure functions.
#pragma once

#include <cstdint>

namespace sideband {

// Date and time of day, of seconds since 1970 by a clock that is not moved.
struct CivilTime {
  std::int64_t year = 1970;
  int month = 1;     // from 1
  int day = 1;       // from 1
  int week_day = 4;  // 0 is Sunday
  int year_day = 0;  // from 0
  int hour = 0;
  int minute = 0;
  int second = 0;
};
CivilTime civil_time(std::int64_t seconds);
// Days from 1970-01-01 to that day.
std::int64_t days_to(std::int64_t year, int month, int day);

}  // namespace sideband
