#include "engine/runtime/openings.h"

#include <utility>

namespace sideband {

bool Openings::begin(const std::string& reconciler, const By& settings) {
  const MutexLock lock(mutex_);
  const auto [asked, first] = opening_.emplace(reconciler, settings);
  return first || std::exchange(asked->second, settings) != settings;
}

void Openings::end(const std::string& reconciler, const By& settings) {
  const MutexLock lock(mutex_);
  const auto asked = opening_.find(reconciler);
  if (asked == opening_.end() || asked->second != settings) return;
  opening_.erase(asked);
  ended_.notify_all();
}

void Openings::await(Duration most) {
  const MonoTime until = clock_.mono() + most;
  const MutexLock lock(mutex_);
  while (!opening_.empty()) {
    const Duration left = until - clock_.mono();
    if (left.count() <= 0 || !ended_.wait_for(mutex_, left)) return;
  }
}

}  // namespace sideband
