// The Runner of the daemon: a pool for each target, one engine thread that goes on after store
// functions and waits, one thread for timers. A worker's own part takes microseconds and runs where
// its last unit ended, since a hop to another thread costs more: on the pool's thread after a call,
// on the spawning one at first. Every queue is bounded.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "engine/runtime/blocking_calls.h"
#include "engine/runtime/runner.h"

namespace sideband {

class ThreadRunner final : public Runner {
 public:
  // `targets`: how the threads run that make calls to targets; all others are normal.
  ThreadRunner(Store& store, const Clock& clock,
               ThreadPriority targets = ThreadPriority::kBackground);
  ~ThreadRunner() override;

  void add_pool(const std::string& name, std::int64_t threads) override;
  WorkerId spawn(std::shared_ptr<Worker> worker) override;
  void wake(WorkerId id) override;
  [[nodiscard]] bool call_apart(std::function<void()> call) override;
  void stop() override;

 private:
  struct Slot;
  struct Timer;
  using SlotPtr = std::shared_ptr<Slot>;
  struct Completion {
    SlotPtr slot;
    Result<void> result;
  };
  struct Call {
    SlotPtr slot;
    std::function<Result<void>()> work;
  };
  struct Pool {
    BoundedQueue<Call> calls{100'000};
    std::vector<Thread> threads;
  };

  void advance(const SlotPtr& slot, Result<void> result);
  void start_unit(const SlotPtr& slot, Unit unit);
  void start_call(const SlotPtr& slot, Unit unit);
  void start_wait(const SlotPtr& slot, Duration wait);
  void complete(const SlotPtr& slot, Result<void> result);
  void engine_loop();
  void pool_loop(Pool& pool);
  void timer_loop();
  void retire(const SlotPtr& slot);
  void start_pool(const std::string& name, std::int64_t threads, ThreadPriority priority)
      SB_EXCLUDES(mutex_);

  Store& store_;
  const Clock& clock_;
  const ThreadPriority targets_;
  BoundedQueue<Completion> completions_{1'000'000};
  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ SB_GUARDED_BY(mutex_) = false;
  bool timers_end_ SB_GUARDED_BY(mutex_) = false;
  WorkerId last_id_ SB_GUARDED_BY(mutex_) = 0;
  std::map<WorkerId, SlotPtr> slots_ SB_GUARDED_BY(mutex_);
  std::multimap<MonoTime, WorkerId> timers_ SB_GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<Pool>> pools_ SB_GUARDED_BY(mutex_);
  std::vector<Thread> threads_;
  BlockingCalls apart_;
};

}  // namespace sideband
