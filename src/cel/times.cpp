#include "cel/times.h"

#include <fmt/format.h>

#include <chrono>

#include "base/civil_time.h"
#include "cel/numbers.h"

namespace sideband::cel {
namespace {

constexpr std::int64_t kSecondsOfDay = 86400;
constexpr std::int64_t kNanosOfSecond = 1'000'000'000;
constexpr std::int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z

// Takes what it reads from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  // So many digits within bounds.
  std::optional<int> number(std::size_t digits, int low, int high) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    if (value < low || value > high) return std::nullopt;
    return value;
  }
  // All digits that come.
  std::string_view digits() {
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] >= '0' && rest_[end] <= '9') ++end;
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }

 private:
  std::string_view rest_;
};

// Digits behind a point as nanoseconds.
std::optional<std::int32_t> nanos_of(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  std::int32_t nanos = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    nanos = nanos * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  }
  return nanos;
}

// "" or ".5".
std::string fraction_text(std::int64_t nanos) {
  if (nanos == 0) return "";
  std::string text = fmt::format(".{:09}", nanos);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

// Seconds that a local time is ahead of UTC: "Z", "+02:00".
std::optional<std::int64_t> zone_offset(Scanner& in) {
  if (in.take('Z') || in.take('z')) return 0;
  const bool behind = in.take('-');
  if (!behind && !in.take('+')) return std::nullopt;
  const auto hours = in.number(2, 0, 23);
  if (!hours || !in.take(':')) return std::nullopt;
  const auto minutes = in.number(2, 0, 59);
  if (!minutes) return std::nullopt;
  const std::int64_t offset = *hours * 3600 + *minutes * 60;
  return behind ? -offset : offset;
}

std::optional<std::int64_t> date_seconds(Scanner& in) {
  const auto year = in.number(4, 0, 9999);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.number(2, 1, 12);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.number(2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return days_to(*year, *month, *day) * kSecondsOfDay;
}

std::optional<std::int64_t> clock_seconds(Scanner& in) {
  const auto hour = in.number(2, 0, 23);
  if (!hour || !in.take(':')) return std::nullopt;
  const auto minute = in.number(2, 0, 59);
  if (!minute || !in.take(':')) return std::nullopt;
  const auto second = in.number(2, 0, 59);
  if (!second) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

struct DurationUnit {
  std::string_view name;
  std::int64_t nanos;
};
constexpr DurationUnit kDurationUnits[] = {{"ns", 1},
                                           {"us", 1000},
                                           {"\xC2\xB5s", 1000},
                                           {"\xCE\xBCs", 1000},
                                           {"ms", 1'000'000},
                                           {"s", kNanosOfSecond},
                                           {"m", 60 * kNanosOfSecond},
                                           {"h", 3600 * kNanosOfSecond}};

std::optional<std::int64_t> take_unit(Scanner& in) {
  for (const DurationUnit& unit : kDurationUnits) {
    if (in.take(unit.name)) return unit.nanos;
  }
  return std::nullopt;
}

// A number with its unit, "1.5s", below zero: the least duration has no opposite.
std::optional<std::int64_t> take_part(Scanner& in) {
  const std::string_view whole = in.digits();
  const std::string_view fraction = in.take('.') ? in.digits() : std::string_view();
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto unit = take_unit(in);
  const auto number = whole.empty() ? std::optional<std::uint64_t>(0) : parse_uint(whole);
  if (!unit || !number || *number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  std::int64_t nanos = 0;
  if (__builtin_mul_overflow(-static_cast<std::int64_t>(*number), *unit, &nanos)) {
    return std::nullopt;
  }
  std::int64_t scale = *unit;
  for (const char digit : fraction) {
    scale /= 10;
    if (__builtin_sub_overflow(nanos, (digit - '0') * scale, &nanos)) return std::nullopt;
  }
  return nanos;
}

}  // namespace

bool in_range(Timestamp time) {
  return time.seconds >= kFirstSecond && time.seconds <= kLastSecond;
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  Scanner in(text);
  const auto date = date_seconds(in);
  if (!date || (!in.take('T') && !in.take('t'))) return std::nullopt;
  const auto clock = clock_seconds(in);
  if (!clock) return std::nullopt;
  std::optional<std::int32_t> nanos = 0;
  if (in.take('.')) nanos = nanos_of(in.digits());
  if (!nanos) return std::nullopt;
  const auto offset = zone_offset(in);
  if (!offset || !in.done()) return std::nullopt;
  const Timestamp time{*date + *clock - *offset, *nanos};
  if (!in_range(time)) return std::nullopt;
  return time;
}

std::string timestamp_text(Timestamp time) {
  const CivilTime at = civil_time(time.seconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", at.year, at.month, at.day, at.hour,
                     at.minute, at.second, fraction_text(time.nanos));
}

std::optional<std::int64_t> parse_duration_text(std::string_view text) {
  Scanner in(text);
  const bool negative = in.take('-');
  if (!negative) in.take('+');
  if (in.done()) return std::nullopt;
  if (Scanner zero = in; zero.take('0') && zero.done()) return 0;
  std::int64_t below = 0;
  while (!in.done()) {
    const auto part = take_part(in);
    if (!part || __builtin_add_overflow(below, *part, &below)) return std::nullopt;
  }
  if (negative) return below;
  if (below == INT64_MIN) return std::nullopt;
  return -below;
}

std::string duration_text(std::int64_t nanoseconds) {
  const std::int64_t seconds = nanoseconds / kNanosOfSecond;
  const std::int64_t nanos = nanoseconds % kNanosOfSecond;
  return fmt::format("{}{}{}s", nanoseconds < 0 ? "-" : "", seconds < 0 ? -seconds : seconds,
                     fraction_text(nanos < 0 ? -nanos : nanos));
}

std::optional<Timestamp> add(Timestamp time, std::int64_t nanoseconds) {
  std::int64_t nanos = time.nanos + nanoseconds % kNanosOfSecond;
  std::int64_t seconds = time.seconds + nanoseconds / kNanosOfSecond;
  if (nanos < 0) {
    nanos += kNanosOfSecond;
    --seconds;
  } else if (nanos >= kNanosOfSecond) {
    nanos -= kNanosOfSecond;
    ++seconds;
  }
  const Timestamp sum{seconds, static_cast<std::int32_t>(nanos)};
  if (!in_range(sum)) return std::nullopt;
  return sum;
}

std::optional<std::int64_t> difference(Timestamp later, Timestamp earlier) {
  std::int64_t nanos = 0;
  if (__builtin_mul_overflow(later.seconds - earlier.seconds, kNanosOfSecond, &nanos) ||
      __builtin_add_overflow(nanos, static_cast<std::int64_t>(later.nanos) - earlier.nanos,
                             &nanos)) {
    return std::nullopt;
  }
  return nanos;
}

}  // namespace sideband::cel
