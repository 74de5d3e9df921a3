// One simulated process: it can be killed, frozen and thawed; what it posted runs only while it
// lives, and later when it is frozen.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "rehearsal/scheduler.h"

namespace sideband::sim {

// Thrown through a process's code at the moment of its death. Not a std::exception, so that nobody
// in between takes it for an error.
struct ProcessDied {};

// A process's own clocks: the wall may be wrong and may jump, the other one counts from another
// boot than those of its neighbours.
class ProcessClock final : public Clock {
 public:
  ProcessClock(const Scheduler& scheduler, Duration boot) : scheduler_(scheduler), boot_(boot) {}
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] MonoTime mono() const override { return scheduler_.now() + boot_; }
  void be_wrong_by(Duration offset) { wall_offset_ = offset; }
  void correct() { wall_offset_ = Duration(0); }

 private:
  const Scheduler& scheduler_;
  const Duration boot_;
  Duration wall_offset_{0};
};

// True wall time of a world, from which clocks may differ.
WallTime true_wall(MonoTime now);

// Must live until its world ends, also when it is dead: calls under way still refer to it.
class Process {
 public:
  Process(Scheduler& scheduler, std::string name) : scheduler_(scheduler), name_(std::move(name)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] bool frozen() const { return scheduler_.now() < thaw_at_; }
  // When it last went on after it stood still; at the beginning of time where it never did.
  [[nodiscard]] MonoTime thawed_at() const { return thaw_at_; }
  void kill() { alive_ = false; }
  void freeze(Duration time) { thaw_at_ = std::max(thaw_at_, scheduler_.now() + time); }

  // Runs `work` as this process's code after `delay`.
  void post(Duration delay, std::function<void()> work);
  // Runs it now. Returns when it is through or the process died in it.
  void run(const std::function<void()>& work);
  // What a blocking call does inside run: time passes, others go on. Throws ProcessDied.
  void block(Duration time);
  void die_if_dead() const {
    if (!alive_) throw ProcessDied();
  }
  // Whose code is running; null outside.
  static Process* current();

 private:
  Scheduler& scheduler_;
  const std::string name_;
  bool alive_ = true;
  MonoTime thaw_at_{};
};

}  // namespace sideband::sim
