// The Runner of a simulated process: every unit of its workers is an event of the scheduler.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "engine/runtime/runner.h"
#include "rehearsal/process.h"

namespace sideband::sim {

// Used by one thread.
class SimRunner final : public Runner {
 public:
  SimRunner(Scheduler& scheduler, Process& process, Store& store)
      : scheduler_(scheduler), process_(process), store_(store) {}
  ~SimRunner() override { stop(); }

  void add_pool(const std::string& name, std::int64_t threads) override;
  WorkerId spawn(std::shared_ptr<Worker> worker) override;
  void wake(WorkerId id) override;
  [[nodiscard]] bool call_apart(std::function<void()> call) override {
    call();
    return true;
  }
  // Lets time pass until the workers wound up; a dead process forgets them at once.
  void stop() override;

 private:
  struct Slot {
    WorkerId id = 0;
    std::shared_ptr<Worker> worker;
    std::uint64_t wait = 0;  // number of the wait under way; 0 = none
    bool woken = false;
  };
  using SlotPtr = std::shared_ptr<Slot>;
  struct Call {
    SlotPtr slot;
    std::function<Result<void>()> work;
  };
  struct Pool {
    std::int64_t free = 2;
    std::deque<Call> waiting;
  };

  void advance(const SlotPtr& slot, Result<void> result);
  void complete(const SlotPtr& slot, Result<void> result);
  void start_call(const SlotPtr& slot, Unit unit);
  void start_wait(const SlotPtr& slot, Duration wait);
  void serve(Pool& pool);
  void carry_out(Pool& pool, const Call& call);

  Scheduler& scheduler_;
  Process& process_;
  Store& store_;
  std::map<WorkerId, SlotPtr> slots_;
  std::map<std::string, Pool> pools_;
  WorkerId last_id_ = 0;
  std::uint64_t last_wait_ = 0;
  bool stopping_ = false;
};

}  // namespace sideband::sim
