// Makes things one after the other, the next one while the last one is worked on.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"

namespace sideband {

// Used by one thread at a time. T says in `last` that none follows it. With `ahead` a thread of its
// own makes all behind the first, as long as fewer than kMaxAhead wait to be handed out; else
// next() makes them. What is one page long needs no thread. The destructor may block for as long as
// making one may take.
template <class T>
class Prefetcher {
 public:
  using Make = std::function<Result<T>()>;

  Prefetcher(std::string name, Make make, bool ahead)
      : name_(std::move(name)), make_(std::move(make)), ahead_(ahead) {}
  ~Prefetcher() {
    const MutexLock lock(mutex_);
    given_up_ = true;
    changed_.notify_all();
  }
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // Not called again after the last one or an error.
  Result<T> next() SB_EXCLUDES(mutex_) {
    if (!ahead_) return make_();
    if (!started_) return first();
    const MutexLock lock(mutex_);
    while (ready_.empty()) changed_.wait(mutex_);
    Result<T> one = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return one;
  }

 private:
  // Two, so that one that took longer to make than the others need not be waited for.
  static constexpr std::size_t kMaxAhead = 2;

  Result<T> first() {
    started_ = true;
    Result<T> one = make_();
    if (one.ok() && !one->last) {
      maker_ = Thread(
          name_, [this] { run(); }, ThreadPriority::kOfStarter);
    }
    return one;
  }
  void run() {
    for (bool end = false; !end && wanted();) {
      Result<T> one = make_();
      end = !one.ok() || one->last;
      const MutexLock lock(mutex_);
      ready_.push_back(std::move(one));
      changed_.notify_all();
    }
  }
  // Waits until there is room for one. False when nobody wants more.
  bool wanted() SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (ready_.size() == kMaxAhead && !given_up_) changed_.wait(mutex_);
    return !given_up_;
  }

  const std::string name_;
  const Make make_;
  const bool ahead_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Result<T>> ready_ SB_GUARDED_BY(mutex_);
  bool given_up_ SB_GUARDED_BY(mutex_) = false;
  bool started_ = false;
  Thread maker_;
};

}  // namespace sideband
