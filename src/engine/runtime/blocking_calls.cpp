#include "engine/runtime/blocking_calls.h"

#include <utility>

namespace sideband {

bool BlockingCalls::add(std::function<void()> call) {
  const MutexLock lock(mutex_);
  if (stopped_ || !calls_.try_push(call)) return false;
  ++pending_;
  if (pending_ > threads_.size() && threads_.size() < kMaxThreads) {
    threads_.emplace_back("blocking", [this] { loop(); });
  }
  return true;
}

void BlockingCalls::loop() {
  while (auto call = calls_.pop()) {
    (*call)();
    const MutexLock lock(mutex_);
    --pending_;
  }
}

void BlockingCalls::stop() {
  std::vector<Thread> threads;
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
    threads.swap(threads_);
  }
  calls_.close();
  for (Thread& thread : threads) thread.join();
}

}  // namespace sideband
