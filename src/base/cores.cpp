#include "base/cores.h"

#include <algorithm>
#include <thread>

namespace sideband {

int usable_cores() {
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace sideband
