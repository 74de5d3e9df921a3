#include "engine/runtime/thread_runner.h"

#include <algorithm>

#include "base/log.h"

namespace sideband {

struct ThreadRunner::Slot {
  WorkerId id = 0;
  std::shared_ptr<Worker> worker;
  // Guarded by the runner's mutex.
  bool waiting = false;
  bool woken = false;
  std::multimap<MonoTime, WorkerId>::iterator timer;
};

static Error stopping_error() {
  return {ErrorCode::kCancelled, "the daemon is stopping", Retry::kAfter, Effect::kNone};
}

ThreadRunner::ThreadRunner(Store& store, const Clock& clock, ThreadPriority targets)
    : store_(store), clock_(clock), targets_(targets) {
  start_pool(kStorePool, 2, ThreadPriority::kNormal);
  threads_.emplace_back("engine", [this] { engine_loop(); });
  threads_.emplace_back("timers", [this] { timer_loop(); });
}

ThreadRunner::~ThreadRunner() {
  stop();
}

void ThreadRunner::add_pool(const std::string& name, std::int64_t threads) {
  start_pool(name, threads, targets_);
}

void ThreadRunner::start_pool(const std::string& name, std::int64_t threads,
                              ThreadPriority priority) {
  const MutexLock lock(mutex_);
  auto& pool = pools_[name];
  if (pool) return;
  pool = std::make_unique<Pool>();
  for (std::int64_t i = 0; i < std::max<std::int64_t>(1, threads); ++i) {
    pool->threads.emplace_back(
        "t:" + name, [this, &owned = *pool] { pool_loop(owned); }, priority);
  }
}

WorkerId ThreadRunner::spawn(std::shared_ptr<Worker> worker) {
  const auto slot = std::make_shared<Slot>();
  slot->worker = std::move(worker);
  {
    const MutexLock lock(mutex_);
    slot->id = ++last_id_;
    slots_.emplace(slot->id, slot);
  }
  const WorkerId id = slot->id;
  advance(slot, {});
  return id;
}

void ThreadRunner::wake(WorkerId id) {
  SlotPtr slot;
  {
    const MutexLock lock(mutex_);
    const auto found = slots_.find(id);
    if (found == slots_.end()) return;
    if (!found->second->waiting) {
      found->second->woken = true;
      return;
    }
    slot = found->second;
    slot->waiting = false;
    timers_.erase(slot->timer);
  }
  complete(slot, {});
}

bool ThreadRunner::call_apart(std::function<void()> call) {
  return apart_.add(std::move(call));
}

void ThreadRunner::stop() {
  apart_.stop();  // first: they may spawn workers
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    while (!slots_.empty()) changed_.wait(mutex_);
    timers_end_ = true;
    changed_.notify_all();
    for (auto& [name, pool] : pools_) pool->calls.close();
  }
  completions_.close();
  for (Thread& thread : threads_) thread.join();
  std::map<std::string, std::unique_ptr<Pool>> pools;
  {
    const MutexLock lock(mutex_);
    pools.swap(pools_);
  }
}

void ThreadRunner::complete(const SlotPtr& slot, Result<void> result) {
  Completion completion{slot, std::move(result)};
  // One completion a worker at most, so the queue's limit is a limit on workers.
  SB_CHECK(completions_.try_push(completion));
}

void ThreadRunner::engine_loop() {
  while (true) {
    std::deque<Completion> batch = completions_.pop_all();
    if (batch.empty()) return;
    for (Completion& completion : batch) advance(completion.slot, std::move(completion.result));
  }
}

void ThreadRunner::pool_loop(Pool& pool) {
  while (auto call = pool.calls.pop()) {
    Result<void> result = call->work();
    advance(call->slot, std::move(result));
  }
}

void ThreadRunner::advance(const SlotPtr& slot, Result<void> result) {
  Unit unit = slot->worker->next(std::move(result));
  start_unit(slot, std::move(unit));
}

void ThreadRunner::start_unit(const SlotPtr& slot, Unit unit) {
  switch (unit.kind) {
    case Unit::Kind::kStore:
      store_.submit(unit.lane, std::move(unit.store),
                    [this, slot](Result<void> result) { complete(slot, std::move(result)); });
      return;
    case Unit::Kind::kCall:
      start_call(slot, std::move(unit));
      return;
    case Unit::Kind::kWait:
      start_wait(slot, unit.wait);
      return;
    case Unit::Kind::kDone:
      retire(slot);
      return;
  }
}

void ThreadRunner::start_call(const SlotPtr& slot, Unit unit) {
  Call call{slot, std::move(unit.call)};
  bool queued = false;
  {
    const MutexLock lock(mutex_);
    const auto pool = pools_.find(unit.pool);
    queued = pool != pools_.end() && pool->second->calls.try_push(call);
  }
  if (!queued) complete(slot, Error::unavailable("no free place in the queue of " + unit.pool));
}

void ThreadRunner::start_wait(const SlotPtr& slot, Duration wait) {
  Result<void> result;
  {
    const MutexLock lock(mutex_);
    if (stopping_) {
      result = stopping_error();
    } else if (!slot->woken && wait > Duration(0)) {
      slot->waiting = true;
      slot->timer = timers_.emplace(clock_.mono() + wait, slot->id);
      if (slot->timer == timers_.begin()) changed_.notify_all();
      return;
    }
    slot->woken = false;
  }
  complete(slot, std::move(result));
}

void ThreadRunner::retire(const SlotPtr& slot) {
  const MutexLock lock(mutex_);
  slots_.erase(slot->id);
  if (slots_.empty()) changed_.notify_all();
}

void ThreadRunner::timer_loop() {
  while (true) {
    std::vector<SlotPtr> due;
    bool cancelled = false;
    {
      const MutexLock lock(mutex_);
      if (timers_end_) return;
      cancelled = stopping_;
      while (!timers_.empty() && (cancelled || timers_.begin()->first <= clock_.mono())) {
        const SlotPtr& slot = slots_.at(timers_.begin()->second);
        slot->waiting = false;
        due.push_back(slot);
        timers_.erase(timers_.begin());
      }
      if (due.empty()) {
        const Duration rest =
            timers_.empty() ? std::chrono::seconds(1) : timers_.begin()->first - clock_.mono();
        changed_.wait_for(mutex_, std::max(rest, Duration(50)));
      }
    }
    for (const SlotPtr& slot : due) {
      complete(slot, cancelled ? Result<void>(stopping_error()) : Result<void>());
    }
  }
}

}  // namespace sideband
