#include "drivers/target_limiter.h"

#include <algorithm>

namespace sideband {
namespace {

// A wait looks at the clock again at least this often, so that a clock that tests move is followed.
constexpr Duration kLook = std::chrono::milliseconds(5);

}  // namespace

void TargetLimiter::Bucket::refill(Duration passed) {
  const double fresh = static_cast<double>(per_second) * static_cast<double>(passed.count()) / 1e6;
  left = std::min(left + fresh, static_cast<double>(per_second));
}

Duration TargetLimiter::Bucket::wait() const {
  if (per_second == 0 || left >= 0) return Duration(0);
  return Duration(static_cast<std::int64_t>(-left * 1e6 / static_cast<double>(per_second)) + 1);
}

TargetLimiter::TargetLimiter(const TargetLimits& limits, const Clock& clock)
    : limits_(limits),
      clock_(clock),
      at_(clock.mono()),
      items_{limits.reads_per_second, static_cast<double>(limits.reads_per_second)},
      bytes_{limits.bytes_per_second, static_cast<double>(limits.bytes_per_second)} {}

bool TargetLimiter::has_limits(const TargetLimits& limits) const {
  return limits_.connections == limits.connections &&
         limits_.reads_per_second == limits.reads_per_second &&
         limits_.bytes_per_second == limits.bytes_per_second;
}

void TargetLimiter::refill() {
  const MonoTime now = clock_.mono();
  items_.refill(now - at_);
  bytes_.refill(now - at_);
  at_ = now;
}

Result<void> TargetLimiter::enter(const Deadline& deadline) {
  const MutexLock lock(mutex_);
  for (;;) {
    refill();
    const bool connection = in_use_ < std::max<std::int64_t>(limits_.connections, 1);
    const Duration debt = std::max(items_.wait(), bytes_.wait());
    if (connection && debt.count() == 0) break;
    if (debt > deadline.left()) {
      return Error::timeout("the target's rate limit leaves no room in time", Effect::kNone);
    }
    if (deadline.passed()) {
      return Error::timeout("all connections of the target are in use", Effect::kNone);
    }
    freed_.wait_for(mutex_, connection ? std::min(debt, kLook) : deadline.left());
  }
  ++in_use_;
  return {};
}

void TargetLimiter::leave(std::size_t items, std::size_t bytes) {
  const MutexLock lock(mutex_);
  refill();
  items_.left -= static_cast<double>(items);
  bytes_.left -= static_cast<double>(bytes);
  --in_use_;
  freed_.notify_all();
}

}  // namespace sideband
