// Idle connections of several owners: those used last are kept, whoever they belong to.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "base/mutex.h"

namespace sideband {

// Thread-safe; never blocks on more than its own mutex, which is not held while one is closed. How
// many connections there are at once is limited by the target's limits, not here: this only bounds
// how many are kept.
class IdleShelf {
 public:
  using Idle = std::unique_ptr<void, void (*)(void*)>;

  explicit IdleShelf(std::size_t keep) : keep_(keep) {}

  // The one that `owner` gave last; null where it has none here.
  Idle take(const void* owner) SB_EXCLUDES(mutex_);
  // Closes the one that was given longest ago, by whomever, where there are too many now.
  void give(const void* owner, Idle one) SB_EXCLUDES(mutex_);
  // Closes all of this owner.
  void clear(const void* owner) SB_EXCLUDES(mutex_);

 private:
  struct Entry {
    const void* owner;
    Idle one;
  };

  const std::size_t keep_;
  Mutex mutex_;
  std::list<Entry> entries_ SB_GUARDED_BY(mutex_);  // the one given last is the first
};

}  // namespace sideband
