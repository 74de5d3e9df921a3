#include "base/civil_time.h"

#include <chrono>

namespace sideband {

CivilTime civil_time(std::int64_t seconds) {
  namespace chrono = std::chrono;
  const chrono::sys_seconds at{chrono::seconds(seconds)};
  const auto midnight = chrono::floor<chrono::days>(at);
  const chrono::year_month_day date(midnight);
  const chrono::hh_mm_ss clock(at - midnight);
  CivilTime made;
  made.year = static_cast<int>(date.year());
  made.month = static_cast<int>(static_cast<unsigned>(date.month()));
  made.day = static_cast<int>(static_cast<unsigned>(date.day()));
  made.week_day = static_cast<int>(chrono::weekday(midnight).c_encoding());
  made.year_day = static_cast<int>((midnight - chrono::sys_days(date.year() / 1 / 1)).count());
  made.hour = static_cast<int>(clock.hours().count());
  made.minute = static_cast<int>(clock.minutes().count());
  made.second = static_cast<int>(clock.seconds().count());
  return made;
}

std::int64_t days_to(std::int64_t year, int month, int day) {
  const std::chrono::sys_days at(std::chrono::year(static_cast<int>(year)) /
                                 std::chrono::month(static_cast<unsigned>(month)) /
                                 std::chrono::day(static_cast<unsigned>(day)));
  return at.time_since_epoch().count();
}

}  // namespace sideband
