// Carries out the units of workers on threads: a pool for each target, one engine thread that goes
// on after store functions and waits, one thread for timers. A worker's own part takes microseconds
// and runs where its last unit ended, since a hop to another thread costs more: on the pool's
// thread after a call, on the spawning one at first. Every queue is bounded.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "engine/unit.h"

namespace sideband {

// Names a spawned worker, for wake().
using WorkerId = std::uint64_t;

// Thread-safe. stop() must have returned before the runner goes.
class Runner {
 public:
  Runner(Store& store, const Clock& clock);
  ~Runner();

  // Threads for the target's calls; call before units name the pool. A second call changes nothing.
  void add_pool(const std::string& name, std::int64_t threads);

  WorkerId spawn(std::shared_ptr<Worker> worker);
  // Ends the worker's wait early; when it is not waiting, its next wait ends at once.
  void wake(WorkerId id);

  // Ends all waits with kCancelled, lets every worker wind up, and returns when none is left.
  void stop();
  [[nodiscard]] bool stopping() const;
  // True while the worker has not ended.
  [[nodiscard]] bool alive(WorkerId id) const;

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

  Store& store_;
  const Clock& clock_;
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
};

}  // namespace sideband
