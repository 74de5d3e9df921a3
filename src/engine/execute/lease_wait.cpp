#include "engine/execute/lease_wait.h"

#include <algorithm>

namespace sideband {

std::optional<Unit> LeaseWait::next() {
  const Duration rest = until_ - work_.context.clock.mono();
  work_.holding = rest > Duration(0) && !slept_;
  if (rest <= Duration(0)) return std::nullopt;
  slept_ = !slept_;
  if (slept_) return Unit::sleep(std::min(rest, work_.context.lease / 6));
  return work_.renew("while waiting");
}

}  // namespace sideband
