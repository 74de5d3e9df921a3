#include "rehearsal/sim_runner.h"

#include <algorithm>

namespace sideband::sim {
namespace {

constexpr Duration kStopsWithin = std::chrono::minutes(10);

Error stopping_error() {
  return {ErrorCode::kCancelled, "the daemon is stopping", Retry::kAfter, Effect::kNone};
}

// Between the end of a unit and the worker going on: a thread has to be scheduled.
Duration hop(Scheduler& scheduler) {
  return scheduler.between(Duration(1), Duration(300));
}

}  // namespace

void SimRunner::add_pool(const std::string& name, std::int64_t threads) {
  pools_.try_emplace(name, Pool{std::max<std::int64_t>(1, threads), {}});
}

WorkerId SimRunner::spawn(std::shared_ptr<Worker> worker) {
  const auto slot = std::make_shared<Slot>();
  slot->id = ++last_id_;
  slot->worker = std::move(worker);
  slots_.emplace(slot->id, slot);
  advance(slot, {});
  return slot->id;
}

void SimRunner::wake(WorkerId id) {
  const auto found = slots_.find(id);
  if (found == slots_.end()) return;
  const SlotPtr slot = found->second;
  if (slot->wait == 0) {
    slot->woken = true;
    return;
  }
  slot->wait = 0;
  complete(slot, {});
}

void SimRunner::stop() {
  stopping_ = true;
  for (auto& [id, slot] : slots_) {
    if (std::exchange(slot->wait, 0) != 0) complete(slot, stopping_error());
  }
  const auto wound_up = [this] { return slots_.empty() || !process_.alive(); };
  scheduler_.run_until(scheduler_.now() + kStopsWithin, wound_up);
  slots_.clear();
}

void SimRunner::complete(const SlotPtr& slot, Result<void> result) {
  process_.post(hop(scheduler_), [this, slot, result] { advance(slot, result); });
}

void SimRunner::advance(const SlotPtr& slot, Result<void> result) {
  Unit unit = slot->worker->next(std::move(result));
  switch (unit.kind) {
    case Unit::Kind::kStore:
      store_.submit(unit.lane, std::move(unit.store),
                    [this, slot](Result<void> done) { complete(slot, std::move(done)); });
      return;
    case Unit::Kind::kCall:
      return start_call(slot, std::move(unit));
    case Unit::Kind::kWait:
      return start_wait(slot, unit.wait);
    case Unit::Kind::kDone:
      slots_.erase(slot->id);
      return;
  }
}

void SimRunner::start_call(const SlotPtr& slot, Unit unit) {
  Pool& pool = pools_[unit.pool];
  pool.waiting.push_back({slot, std::move(unit.call)});
  serve(pool);
}

void SimRunner::serve(Pool& pool) {
  if (pool.free == 0 || pool.waiting.empty()) return;
  --pool.free;
  const Call call = std::move(pool.waiting.front());
  pool.waiting.pop_front();
  process_.post(hop(scheduler_), [this, &pool, call] { carry_out(pool, call); });
}

void SimRunner::carry_out(Pool& pool, const Call& call) {
  Result<void> result = call.work();
  ++pool.free;
  complete(call.slot, std::move(result));
  serve(pool);
}

void SimRunner::start_wait(const SlotPtr& slot, Duration wait) {
  if (stopping_) return complete(slot, stopping_error());
  if (slot->woken || wait <= Duration(0)) {
    slot->woken = false;
    return complete(slot, {});
  }
  const std::uint64_t number = slot->wait = ++last_wait_;
  process_.post(wait, [this, slot, number] {
    if (slot->wait != number) return;
    slot->wait = 0;
    advance(slot, {});
  });
}

}  // namespace sideband::sim
