// Calls that may block for long, such as connecting to a target that does not answer: beside each
// other, and beside all else.
#pragma once

#include <functional>
#include <vector>

#include "base/bounded_queue.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace sideband {

// Thread-safe. Threads are made when they are needed first, kMaxThreads at most; further calls wait
// for their turn in the order in which they came.
class BlockingCalls {
 public:
  static constexpr std::size_t kMaxThreads = 16;

  ~BlockingCalls() { stop(); }
  // False when it was stopped or too many wait: then the call is never made.
  [[nodiscard]] bool add(std::function<void()> call) SB_EXCLUDES(mutex_);
  // Returns when all calls that were added have ended.
  void stop() SB_EXCLUDES(mutex_);

 private:
  void loop() SB_EXCLUDES(mutex_);

  BoundedQueue<std::function<void()>> calls_{100'000};
  Mutex mutex_;
  std::size_t pending_ SB_GUARDED_BY(mutex_) = 0;  // calls that wait or are under way
  bool stopped_ SB_GUARDED_BY(mutex_) = false;
  std::vector<Thread> threads_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
