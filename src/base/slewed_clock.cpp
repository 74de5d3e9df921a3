#include "base/slewed_clock.h"

#include <algorithm>

namespace sideband {
namespace {

// Shorter steps would lose the parts of a microsecond that are taken up in each.
constexpr Duration kStep = std::chrono::milliseconds(1);

}  // namespace

WallTime slewed_time(WallTime before, Duration elapsed, WallTime system) {
  const WallTime expected = before + elapsed;
  const Duration most = elapsed / kCatchUpPart;
  return expected + std::clamp(system - expected, -most, most);
}

void SlewedClock::adopt() {
  const MutexLock lock(mutex_);
  at_ = system_.mono();
  said_ = system_.wall();
}

WallTime SlewedClock::wall() const {
  const MutexLock lock(mutex_);
  const MonoTime now = system_.mono();
  const Duration elapsed = std::max(Duration(0), now - at_);
  const WallTime says = slewed_time(said_, elapsed, system_.wall());
  if (elapsed < kStep) return says;
  at_ = now;
  said_ = says;
  return says;
}

}  // namespace sideband
