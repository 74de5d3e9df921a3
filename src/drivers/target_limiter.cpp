#include "drivers/target_limiter.h"

#include <algorithm>
#include <tuple>

namespace sideband {
namespace {

// A wait looks at the clock again at least this often, so that a clock that tests move is followed.
constexpr Duration kLook = std::chrono::milliseconds(20);
// Less than that is not worth a call.
constexpr std::size_t kMinItems = 10;
constexpr std::size_t kMinBytes = 64 * 1024;

bool same_kind(const TargetUse& a, const TargetUse& b) {
  return (a.reads != 0) == (b.reads != 0) && (a.writes != 0) == (b.writes != 0);
}

std::unique_ptr<TargetLimiter> limiter_of_cuts(const TargetLimits& limits, const Clock& clock) {
  if (!limits.rates()) return nullptr;
  TargetLimits only_connections;
  only_connections.connections = limits.connections;
  return std::make_unique<TargetLimiter>(only_connections, clock);
}

void settle(PacedRate& rate, std::size_t taken, std::size_t used, MonoTime now) {
  if (used > taken) rate.take(used - taken, now);
  if (used < taken) rate.give_back(taken - used, now);
}

}  // namespace

TargetLimiter::TargetLimiter(const TargetLimits& limits, const Clock& clock, Counter* waited)
    : limits_(limits),
      clock_(clock),
      waited_(waited),
      cut_calls_(limiter_of_cuts(limits, clock)),
      reads_(limits.reads_per_second, kMinItems, clock.mono()),
      writes_(limits.writes_per_second, kMinItems, clock.mono()),
      bytes_(limits.bytes_per_second, kMinBytes, clock.mono()) {}

bool TargetLimiter::has_limits(const TargetLimits& limits) const {
  const auto all = [](const TargetLimits& l) {
    return std::tie(l.connections, l.reads_per_second, l.writes_per_second, l.bytes_per_second,
                    l.statement_timeout);
  };
  return all(limits_) == all(limits);
}

std::size_t TargetLimiter::cut_reads(std::size_t wanted, std::size_t at_least) const {
  const MutexLock lock(mutex_);
  return reads_.cut(wanted, at_least);
}

std::size_t TargetLimiter::cut_writes(std::size_t wanted, std::size_t at_least) const {
  const MutexLock lock(mutex_);
  return writes_.cut(wanted, at_least);
}

std::size_t TargetLimiter::cut_bytes(std::size_t wanted) const {
  const MutexLock lock(mutex_);
  return bytes_.cut(wanted);
}

std::size_t TargetLimiter::waiting() const {
  const MutexLock lock(mutex_);
  return waiters_.size();
}

Duration TargetLimiter::debt(const TargetUse& wanted, MonoTime now) const {
  const Duration reads = wanted.reads == 0 ? Duration(0) : reads_.wait(wanted.reads, now);
  const Duration writes = wanted.writes == 0 ? Duration(0) : writes_.wait(wanted.writes, now);
  return std::max({reads, writes, bytes_.wait(wanted.bytes, now)});
}

bool TargetLimiter::is_next(Waiters::iterator me, MonoTime now) {
  for (auto earlier = waiters_.begin(); earlier != me; ++earlier) {
    if (same_kind(*earlier, *me) || debt(*earlier, now) == Duration(0)) return false;
  }
  return true;
}

Result<void> TargetLimiter::wait(Waiters::iterator me, const Deadline& deadline) {
  for (;;) {
    const MonoTime now = clock_.mono();
    const Duration debt = this->debt(*me, now);
    const bool free = in_use_ < std::max<std::int64_t>(limits_.connections, 1);
    if (free && debt == Duration(0) && is_next(me, now)) return {};
    if (debt > deadline.left()) {
      return Error::timeout("the target's rate limit leaves no room in time", Effect::kNone);
    }
    if (deadline.passed()) {
      return Error::timeout("all connections of the target are in use", Effect::kNone);
    }
    const Duration until = debt > Duration(0) ? debt : deadline.left();
    changed_.wait_for(mutex_, std::min(until, kLook));
  }
}

void TargetLimiter::take(const TargetUse& wanted, MonoTime now) {
  reads_.take(wanted.reads, now);
  writes_.take(wanted.writes, now);
  bytes_.take(wanted.bytes, now);
  ++in_use_;
}

Result<TargetLimiter::Turn> TargetLimiter::turn(const TargetUse& wanted, const Deadline& deadline) {
  const MutexLock lock(mutex_);
  const MonoTime begin = clock_.mono();
  const auto me = waiters_.insert(waiters_.end(), wanted);
  const auto waited = wait(me, deadline);
  waiters_.erase(me);
  const MonoTime now = clock_.mono();
  if (waited_ != nullptr && now > begin) {
    waited_->add(std::chrono::duration<double>(now - begin).count());
  }
  if (waited) take(wanted, now);
  if (!waiters_.empty()) changed_.notify_all();
  if (!waited) return waited.error();
  return Turn(*this, wanted);
}

void TargetLimiter::leave(const TargetUse& taken, const TargetUse& used) {
  const MutexLock lock(mutex_);
  const MonoTime now = clock_.mono();
  settle(reads_, taken.reads, used.reads, now);
  settle(writes_, taken.writes, used.writes, now);
  settle(bytes_, taken.bytes, used.bytes, now);
  --in_use_;
  if (!waiters_.empty()) changed_.notify_all();
}

}  // namespace sideband
