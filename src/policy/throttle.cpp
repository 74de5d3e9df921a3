#include "policy/throttle.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/pause_rule.h"

namespace sideband {
namespace {

// Of the whole rate, with each good reading.
constexpr std::int64_t kSteps = 20;

std::string breach(const ThrottleRule& rule, const Fact<double>& number) {
  const std::string about = "signal " + rule.signal;
  if (!number.known()) return about + ": " + number.why();
  return fmt::format("{} is {}, {}", about, number_text(rule, *number), threshold_text(rule));
}

}  // namespace

std::int64_t throttled_rate(const ThrottleRule& rule, std::int64_t most, const Throttle* kept) {
  const std::int64_t least = std::min(rule.least, most);
  return kept == nullptr ? least : std::clamp(kept->per_second, least, most);
}

Throttle next_throttle(const ThrottleRule& rule, std::int64_t most, const Throttle* before,
                       const Fact<double>& number, WallTime now) {
  const std::int64_t rate = throttled_rate(rule, most, before);
  Throttle next = before == nullptr ? Throttle{.why = "it begins"} : *before;
  next.judged_at = now;
  if (before == nullptr || (before->why.empty() && rate < most)) next.since = now;
  if (!number.known() || crosses(rule, *number)) {
    next.per_second = std::max(std::min(rule.least, most), rate / 2);
    if (next.why.empty()) next.since = now;
    next.why = breach(rule, number);
    return next;
  }
  next.per_second = std::min(most, rate + std::max<std::int64_t>(1, most / kSteps));
  if (next.per_second < most) return next;
  next.why.clear();
  next.since = WallTime();
  return next;
}

bool is_judged(const Throttle& kept, WallTime now, Duration interval) {
  return kept.judged_at <= now && now - kept.judged_at < interval / 2;
}

std::string throttle_text(std::int64_t most, const Throttle& kept) {
  return fmt::format("{} of {} changes a second since {}: {}", kept.per_second, most,
                     format_time(kept.since), kept.why);
}

std::string throttle_key(const std::string& scope, const ThrottleRule& rule) {
  return scope + "\n" + rule.signal +
         (rule.detected ? "\ndetected"
          : rule.above  ? "\nabove"
                        : "\nbelow");
}

}  // namespace sideband
