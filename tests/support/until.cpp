#include "support/until.h"

#include <unistd.h>

namespace sideband {

static constexpr Duration kLook = std::chrono::milliseconds(5);

bool until(const std::function<bool()>& done, Duration limit) {
  const SystemClock clock;
  const MonoTime end = clock.mono() + limit;
  while (!done()) {
    if (clock.mono() >= end) return false;
    let_pass(kLook);
  }
  return true;
}

void let_pass(Duration time) {
  ::usleep(static_cast<useconds_t>(time.count()));
}

}  // namespace sideband
