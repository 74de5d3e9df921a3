// Idle connections of one Collection, so that its threads share them without waiting.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"

namespace sideband {

// Thread-safe; never blocks on more than its own mutex. How many connections there are at once is
// limited by the target's limits, not here: this only bounds how many are kept.
template <class T>
class Pool {
 public:
  explicit Pool(std::size_t keep) : keep_(keep) {}

  // An idle one, or null.
  std::unique_ptr<T> take() SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto one = std::move(idle_.back());
    idle_.pop_back();
    return one;
  }

  // The same, of those that are not `stale`: these are closed.
  template <class Stale>
  std::unique_ptr<T> take_fresh(Stale stale) SB_EXCLUDES(mutex_) {
    for (;;) {
      auto one = take();
      if (!one || !stale(*one)) return one;
    }
  }

  // Closes the idle ones: where they lead is not where a new one leads.
  void clear() SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    idle_.clear();
  }

  // Only a connection that is fit for further use.
  void give(std::unique_ptr<T> one) SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (idle_.size() < keep_) idle_.push_back(std::move(one));
  }

 private:
  const std::size_t keep_;
  Mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
