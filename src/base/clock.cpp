#include "base/clock.h"

#include <time.h>

#include <cstdio>
#include <fstream>

namespace sideband {
namespace {

Duration read_clock(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(now.tv_sec) +
                                              std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

WallTime SystemClock::wall() const {
  return WallTime(read_clock(CLOCK_REALTIME));
}
MonoTime SystemClock::mono() const {
  return MonoTime(read_clock(CLOCK_BOOTTIME));
}

void ManualClock::advance(Duration by) {
  wall_us_ += by.count();
  mono_us_ += by.count();
}

// `count` decimal digits of `value`, from position `at` on.
static void put_digits(std::string& out, std::size_t at, std::size_t count, std::int64_t value) {
  for (std::size_t i = at + count; i-- > at; value /= 10) {
    out[i] = static_cast<char>('0' + value % 10);
  }
}

std::string format_time(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  // Every audit record has one; a format string costs five times as much.
  std::string out = "0000-00-00T00:00:00.000000Z";
  put_digits(out, 0, 4, static_cast<int>(date.year()));
  put_digits(out, 5, 2, static_cast<unsigned>(date.month()));
  put_digits(out, 8, 2, static_cast<unsigned>(date.day()));
  put_digits(out, 11, 2, clock.hours().count());
  put_digits(out, 14, 2, clock.minutes().count());
  put_digits(out, 17, 2, clock.seconds().count());
  put_digits(out, 20, 6, clock.subseconds().count());
  return out;
}

Result<WallTime> parse_time(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, second = 0, micro = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%6dZ", &year, &month, &day,
                                 &hour, &minute, &second, &micro);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (fields != 7 || !date.ok()) return Error::invalid("not an RFC 3339 time in UTC: " + text);
  const WallTime time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                        std::chrono::minutes(minute) + std::chrono::seconds(second) +
                        Duration(micro);
  if (format_time(time) != text) return Error::invalid("not an RFC 3339 time in UTC: " + text);
  return time;
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id.empty() ? "unknown" : id;
}

}  // namespace sideband
