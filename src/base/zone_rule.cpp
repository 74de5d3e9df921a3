#include "base/zone_rule.h"

#include "base/civil_time.h"

namespace sideband {
namespace {

constexpr std::int64_t kDaySeconds = 86400;

bool is_leap(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Days from 1970 to the day of a rule in a year.
std::int64_t rule_day(const ZoneDay& rule, std::int64_t year) {
  const std::int64_t new_year = days_to(year, 1, 1);
  if (rule.form == ZoneDay::Form::kDayOfYear) return new_year + rule.day;
  if (rule.form == ZoneDay::Form::kDayWithoutLeap) {
    constexpr int kLastOfFebruary = 59;
    return new_year + rule.day - 1 + (is_leap(year) && rule.day > kLastOfFebruary ? 1 : 0);
  }
  const std::int64_t first = days_to(year, rule.month, 1);
  const int first_week_day = civil_time(first * kDaySeconds).week_day;
  std::int64_t day = first + (rule.day - first_week_day + 7) % 7 + (rule.week - 1) * 7;
  const std::int64_t next_month =
      rule.month == 12 ? days_to(year + 1, 1, 1) : days_to(year, rule.month + 1, 1);
  while (day >= next_month) day -= 7;
  return day;
}

class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  std::optional<ZoneRule> run() {
    ZoneRule rule;
    const auto standard = name() ? offset() : std::nullopt;
    if (!standard) return std::nullopt;
    rule.standard_offset = -*standard;
    if (rest_.empty()) return rule;
    if (!name()) return std::nullopt;
    rule.has_summer = true;
    rule.summer_offset = rule.standard_offset + 3600;
    if (!rest_.empty() && rest_.front() != ',') {
      const auto summer = offset();
      if (!summer) return std::nullopt;
      rule.summer_offset = -*summer;
    }
    if (!day(rule.summer_begins) || !day(rule.summer_ends) || !rest_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // "CET", or "<+0330>".
  bool name() {
    const bool quoted = take('<');
    std::size_t length = 0;
    const auto belongs = [quoted](char c) {
      if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
      return quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-');
    };
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    rest_.remove_prefix(length);
    return length >= 3 && (!quoted || take('>'));
  }

  std::optional<int> number(int most) {
    int value = 0;
    std::size_t length = 0;
    while (length < rest_.size() && length < 3 && rest_[length] >= '0' && rest_[length] <= '9') {
      value = value * 10 + (rest_[length++] - '0');
    }
    rest_.remove_prefix(length);
    if (length == 0 || value > most) return std::nullopt;
    return value;
  }

  // Hours with a sign, and minutes and seconds behind them, as seconds.
  std::optional<std::int64_t> offset() {
    const bool negative = take('-');
    if (!negative) take('+');
    std::int64_t seconds = 0;
    const auto hours = number(167);
    if (!hours) return std::nullopt;
    seconds = *hours * 3600;
    for (const int unit : {60, 1}) {
      if (!take(':')) break;
      const auto more = number(59);
      if (!more) return std::nullopt;
      seconds += *more * unit;
    }
    return negative ? -seconds : seconds;
  }

  // ",M3.5.0/2", ",J60", ",59".
  bool day(ZoneDay& rule) {
    if (!take(',')) return false;
    if (take('M')) {
      const auto month = number(12);
      const auto week = take('.') ? number(5) : std::nullopt;
      const auto week_day = take('.') ? number(6) : std::nullopt;
      if (!month || *month == 0 || !week || *week == 0 || !week_day) return false;
      rule.month = *month;
      rule.week = *week;
      rule.day = *week_day;
    } else {
      rule.form = take('J') ? ZoneDay::Form::kDayWithoutLeap : ZoneDay::Form::kDayOfYear;
      const auto number_of_day = number(365);
      if (!number_of_day) return false;
      rule.day = *number_of_day;
    }
    if (!take('/')) return true;
    const auto seconds = offset();
    if (!seconds) return false;
    rule.seconds = *seconds;
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::int64_t ZoneRule::offset_at(std::int64_t utc_seconds) const {
  if (!has_summer) return standard_offset;
  const std::int64_t year = civil_time(utc_seconds + standard_offset).year;
  const std::int64_t begin =
      rule_day(summer_begins, year) * kDaySeconds + summer_begins.seconds - standard_offset;
  const std::int64_t end =
      rule_day(summer_ends, year) * kDaySeconds + summer_ends.seconds - summer_offset;
  // South of the equator summer goes over the new year.
  const bool summer = begin < end ? utc_seconds >= begin && utc_seconds < end
                                  : utc_seconds >= begin || utc_seconds < end;
  return summer ? summer_offset : standard_offset;
}

std::optional<ZoneRule> parse_zone_rule(std::string_view text) {
  return RuleReader(text).run();
}

}  // namespace sideband
