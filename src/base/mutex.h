// A mutex that clang's thread-safety analysis understands, and the annotations for fields it
// guards. https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define SB_TSA(x) __attribute__((x))
#else
#define SB_TSA(x)
#endif

#define SB_GUARDED_BY(m) SB_TSA(guarded_by(m))
#define SB_PT_GUARDED_BY(m) SB_TSA(pt_guarded_by(m))
#define SB_REQUIRES(...) SB_TSA(requires_capability(__VA_ARGS__))
#define SB_EXCLUDES(...) SB_TSA(locks_excluded(__VA_ARGS__))

namespace sideband {

class SB_TSA(capability("mutex")) Mutex {
 public:
  void lock() SB_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() SB_TSA(release_capability()) { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class SB_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SB_TSA(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() SB_TSA(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Wait with the mutex held, in a loop that tests the condition.
class CondVar {
 public:
  void wait(Mutex& mutex) SB_REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.mutex_, std::adopt_lock);
    condition_.wait(held);
    held.release();
  }
  // False when `timeout` passed.
  bool wait_for(Mutex& mutex, std::chrono::microseconds timeout) SB_REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.mutex_, std::adopt_lock);
    const bool in_time = condition_.wait_for(held, timeout) == std::cv_status::no_timeout;
    held.release();
    return in_time;
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace sideband
