// A queue with a limit between threads. Thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "base/mutex.h"

namespace sideband {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  // False when the queue is full or closed; `item` is then untouched.
  [[nodiscard]] bool try_push(T& item) SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(item));
    changed_.notify_one();
    return true;
  }

  // Blocks until there is an item; nothing once the queue is closed and empty.
  std::optional<T> pop() SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (items_.empty() && !closed_) changed_.wait(mutex_);
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

  // Blocks until there is an item, then takes all; empty once the queue is closed and empty.
  std::deque<T> pop_all() SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (items_.empty() && !closed_) changed_.wait(mutex_);
    return std::exchange(items_, {});
  }

  // Refuses further pushes; waiting and later pops drain what is left. May be called twice.
  void close() SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] std::size_t size() const SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  const std::size_t capacity_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<T> items_ SB_GUARDED_BY(mutex_);
  bool closed_ SB_GUARDED_BY(mutex_) = false;
};

}  // namespace sideband
