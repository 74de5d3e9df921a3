#include "detectors/series_time.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace sideband::detectors {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kEndSecond = 253402300800;    // 10000-01-01T00:00:00Z

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes what it reads from the front of a text; what does not fit is remembered.
class Taker {
 public:
  explicit Taker(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] bool sees(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool take(char c) {
    if (!sees(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char c) { ok_ = take(c) && ok_; }
  // So many digits, from `low` to `high`.
  std::int64_t number(std::size_t digits, std::int64_t low, std::int64_t high) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    ok_ = ok_ && value >= low && value <= high;
    return value;
  }
  // All digits that come.
  std::string_view digits() {
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return taken;
  }
  // The digits of a fraction, as microseconds.
  std::int64_t fraction() {
    std::int64_t us = 0, unit = kSecondUs;
    do {
      unit /= 10;
      us += unit * digit();
    } while (ok_ && !rest_.empty() && is_digit(rest_.front()));
    return us;
  }

 private:
  std::int64_t digit() {
    ok_ = ok_ && !rest_.empty() && is_digit(rest_.front());
    if (!ok_) return 0;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c - '0';
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::optional<WallTime> at(std::int64_t seconds, std::int64_t us) {
  if (seconds < kFirstSecond || seconds >= kEndSecond) return std::nullopt;
  return WallTime(Duration(seconds * kSecondUs + us));
}

// Seconds that a local time is ahead of UTC.
std::int64_t zone(Taker& in) {
  if (in.done() || in.take('Z') || in.take('z')) return 0;
  const bool behind = in.take('-');
  if (!behind) in.need('+');
  std::int64_t seconds = 3600 * in.number(2, 0, 23);
  if (!in.done()) {
    in.take(':');
    seconds += 60 * in.number(2, 0, 59);
  }
  return behind ? -seconds : seconds;
}

std::optional<std::int64_t> day_seconds(Taker& in) {
  const auto year = static_cast<int>(in.number(4, 1, 9999));
  const char mark = in.sees('/') ? '/' : '-';
  in.need(mark);
  const auto month = static_cast<unsigned>(in.number(2, 1, 12));
  in.need(mark);
  const auto day = static_cast<unsigned>(in.number(2, 1, 31));
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!in.ok() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400};
}

std::optional<WallTime> calendar_time(std::string_view text) {
  Taker in(text);
  const auto day = day_seconds(in);
  if (!day) return std::nullopt;
  std::int64_t seconds = *day, us = 0;
  if (!in.done()) {
    if (!in.take('T') && !in.take('t')) in.need(' ');
    seconds += 3600 * in.number(2, 0, 23);
    in.need(':');
    seconds += 60 * in.number(2, 0, 59);
    if (in.take(':')) seconds += in.number(2, 0, 60);  // 60: a leap second
    if (in.take('.') || in.take(',')) us = in.fraction();
    in.take(' ');
    seconds -= zone(in);
  }
  if (!in.ok() || !in.done()) return std::nullopt;
  return at(seconds, us);
}

// Seconds of the years 1 to 9999 have at most 12 digits, so 13, 16 and 19 can only be smaller
// units: each of them is of the years 2001 to 2286.
std::optional<WallTime> smaller_units(std::string_view digits) {
  if (digits.size() == 19) digits.remove_suffix(3);
  std::int64_t count = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (digits.size() == 13) return WallTime(Duration(count * 1000));
  return digits.size() == 16 ? std::optional(WallTime(Duration(count))) : std::nullopt;
}

std::optional<WallTime> unix_time(std::string_view text) {
  Taker in(text);
  const bool before = in.take('-');
  const std::string_view digits = in.digits();
  if (digits.size() > 12 && in.done() && !before) return smaller_units(digits);
  std::int64_t seconds = 0;
  if (digits.empty() || digits.size() > 12) return std::nullopt;
  std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  const std::int64_t us = in.take('.') ? in.fraction() : 0;
  if (!in.ok() || !in.done()) return std::nullopt;
  return before ? at(-seconds, -us) : at(seconds, us);
}

}  // namespace

std::optional<WallTime> parse_series_time(std::string_view text) {
  const bool calendar = text.size() > 4 && (text[4] == '-' || text[4] == '/');
  return calendar ? calendar_time(text) : unix_time(text);
}

}  // namespace sideband::detectors
