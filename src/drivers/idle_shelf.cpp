#include "drivers/idle_shelf.h"

namespace sideband {

IdleShelf::Idle IdleShelf::take(const void* owner) {
  const MutexLock lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->owner != owner) continue;
    Idle one = std::move(entry->one);
    entries_.erase(entry);
    return one;
  }
  return {nullptr, [](void*) {}};
}

void IdleShelf::give(const void* owner, Idle one) {
  std::list<Entry> closed;  // after the lock is gone
  const MutexLock lock(mutex_);
  entries_.push_front({owner, std::move(one)});
  while (entries_.size() > keep_) {
    closed.splice(closed.end(), entries_, std::prev(entries_.end()));
  }
}

void IdleShelf::clear(const void* owner) {
  std::list<Entry> closed;
  const MutexLock lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->owner == owner) closed.splice(closed.end(), entries_, entry);
    entry = next;
  }
}

}  // namespace sideband
