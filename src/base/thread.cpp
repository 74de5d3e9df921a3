#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

#include "base/mutex.h"

namespace sideband {
namespace {

// A tenth of the weight of a normal thread: enough to go on beside a busy program.
constexpr int kNice = 10;

void lower_priority() {
  // Whoever started the process lower than that means it.
  const sched_param none{};
  if (sched_getscheduler(0) == SCHED_OTHER) sched_setscheduler(0, SCHED_BATCH, &none);
  if (getpriority(PRIO_PROCESS, 0) < kNice) {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  }
}

void run_named(const std::string& name, const std::function<void()>& body) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  try {
    body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "thread %s ended by an exception: %s\n", name.c_str(), error.what());
    std::abort();
  }
}

// A thread of normal priority that makes calls for background threads, one at a time. It is there
// before the first of them and ends with the last one: whoever forks then has one thread.
class NormalCaller {
 public:
  // Called by a normal thread, or by one that has it already.
  static std::shared_ptr<NormalCaller> shared() {
    static Mutex mutex;
    static std::weak_ptr<NormalCaller> existing;
    const MutexLock lock(mutex);
    std::shared_ptr<NormalCaller> caller = existing.lock();
    if (!caller) existing = caller = std::make_shared<NormalCaller>();
    return caller;
  }

  NormalCaller() : thread_([this] { run_named("normal calls", [this] { loop(); }); }) {}
  ~NormalCaller() {
    {
      const MutexLock lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  NormalCaller(const NormalCaller&) = delete;
  NormalCaller& operator=(const NormalCaller&) = delete;

  void make(const std::function<void()>& call) SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (call_ != nullptr) changed_.wait(mutex_);
    call_ = &call;
    changed_.notify_all();
    const std::uint64_t mine = ++asked_;
    while (made_ < mine) changed_.wait(mutex_);
  }

 private:
  void loop() SB_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    for (;;) {
      while (call_ == nullptr && !ended_) changed_.wait(mutex_);
      if (call_ == nullptr) return;
      (*call_)();
      call_ = nullptr;
      ++made_;
      changed_.notify_all();
    }
  }

  Mutex mutex_;
  CondVar changed_;
  const std::function<void()>* call_ SB_GUARDED_BY(mutex_) = nullptr;
  std::uint64_t asked_ SB_GUARDED_BY(mutex_) = 0;
  std::uint64_t made_ SB_GUARDED_BY(mutex_) = 0;
  bool ended_ SB_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

thread_local NormalCaller* normal_caller = nullptr;  // of a background thread

}  // namespace

Thread::Thread(std::string name, std::function<void()> body, ThreadPriority priority) {
  const bool background = priority == ThreadPriority::kBackground ||
                          (priority == ThreadPriority::kOfStarter && normal_caller != nullptr);
  const auto caller = background ? NormalCaller::shared() : nullptr;
  auto run = [name = std::move(name), body = std::move(body), caller] {
    normal_caller = caller.get();
    if (caller) lower_priority();
    run_named(name, body);
  };
  if (background) {
    thread_ = std::thread(std::move(run));
  } else {
    at_normal_priority([&] { thread_ = std::thread(std::move(run)); });
  }
}

void Thread::join() {
  if (thread_.joinable()) thread_.join();
}

void at_normal_priority(const std::function<void()>& call) {
  if (normal_caller != nullptr) {
    normal_caller->make(call);
  } else {
    call();
  }
}

}  // namespace sideband
