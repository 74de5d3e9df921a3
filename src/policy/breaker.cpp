#include "policy/breaker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/units.h"

namespace sideband {
namespace {

// As Breaker::ends has them.
constexpr char kWell = '+';
constexpr char kFailed = '-';

void open(Breaker& breaker, Duration length, WallTime now) {
  breaker.opened_at = now;
  breaker.open_for = std::min(length, kLongestOpen);
}

void count(Breaker& breaker, const BreakerSettings& settings, bool failed, WallTime now) {
  breaker.ends += failed ? kFailed : kWell;
  const auto kept = static_cast<std::size_t>(settings.of);
  if (breaker.ends.size() > kept) breaker.ends.erase(0, breaker.ends.size() - kept);
  if (breaker_count(breaker, settings).failed < settings.failures) return;
  open(breaker, settings.open, now);
}

}  // namespace

std::string_view breaker_state_name(BreakerState state) {
  static constexpr std::array<std::string_view, 3> kNames = {"closed", "open", "half_open"};
  return kNames.at(static_cast<std::size_t>(state));
}

WallTime half_opens_at(const Breaker& breaker) {
  return breaker.opened_at + breaker.open_for;
}

BreakerState breaker_state(const Breaker& breaker, WallTime now) {
  if (breaker.opened_at == WallTime()) return BreakerState::kClosed;
  return now < half_opens_at(breaker) ? BreakerState::kOpen : BreakerState::kHalfOpen;
}

BreakerCount breaker_count(const Breaker& breaker, const BreakerSettings& settings) {
  const auto of = static_cast<std::size_t>(settings.of);
  std::string_view ends = breaker.ends;
  if (ends.size() > of) ends.remove_prefix(ends.size() - of);
  return {std::ssize(ends), std::count(ends.begin(), ends.end(), kFailed)};
}

std::string breaker_text(const BreakerSettings& settings) {
  return fmt::format("{} of {}, open {}, probe {}", settings.failures, settings.of,
                     format_duration(settings.open), settings.probe);
}

std::optional<bool> end_failed(const Repair& repair) {
  if (repair.undo) return {};
  switch (repair.state) {
    case RepairState::kConverged:
      return false;
    case RepairState::kCompensated:
    case RepairState::kNeedsHuman:
      return true;
    default:
      return {};
  }
}

Breaker breaker_after(Breaker breaker, const BreakerSettings& settings, const Repair& repair,
                      WallTime now) {
  const std::optional<bool> failed = end_failed(repair);
  const bool closed = breaker.opened_at == WallTime();
  if (!closed && breaker.probe != repair.id) return breaker;  // it began before the breaker opened
  breaker.probe = Uuid();
  if (!failed) return breaker;
  if (closed) {
    count(breaker, settings, *failed, now);
  } else if (*failed) {
    ++breaker.failed_probes;
    open(breaker, 2 * breaker.open_for, now);
  } else {
    breaker = Breaker();
  }
  return breaker;
}

bool bring_back(Breaker& breaker, WallTime now) {
  if (breaker.opened_at == WallTime()) return false;
  if (breaker.opened_at - now <= breaker.open_for) return false;
  breaker.opened_at = now;
  return true;
}

}  // namespace sideband
