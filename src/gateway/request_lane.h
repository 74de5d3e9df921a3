// Threads on which requests may block, in the order in which they came.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/thread.h"

namespace sideband {

// Thread-safe. One that is busy or full delays no other.
class RequestLane {
 public:
  RequestLane(const std::string& name, int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back(name + "-" + std::to_string(i + 1), [this] { loop(); });
    }
  }
  ~RequestLane() {
    jobs_.close();
    for (Thread& thread : threads_) thread.join();
  }
  // False when too many wait.
  [[nodiscard]] bool add(std::function<void()> job) { return jobs_.try_push(job); }

 private:
  void loop() {
    while (auto job = jobs_.pop()) (*job)();
  }

  BoundedQueue<std::function<void()>> jobs_{1000};
  std::vector<Thread> threads_;
};

}  // namespace sideband
