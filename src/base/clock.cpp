#include "base/clock.h"

#include <time.h>

#include <algorithm>
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

// Digits and marks where format_time writes them.
static bool has_form_of_time(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z";
  const auto fits = [](char form, char c) {
    return form == '0' ? c >= '0' && c <= '9' : c == form;
  };
  return std::equal(kForm.begin(), kForm.end(), text.begin(), text.end(), fits);
}

Result<WallTime> parse_time(const std::string& text) {
  const auto bad = [&text] { return Error::invalid("not an RFC 3339 time in UTC: " + text); };
  if (!has_form_of_time(text)) return bad();
  const auto number = [&text](std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return bad();
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + Duration(number(20, 6));
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id.empty() ? "unknown" : id;
}

}  // namespace sideband
