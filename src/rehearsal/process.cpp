#include "rehearsal/process.h"

#include <algorithm>

namespace sideband::sim {
namespace {

Process* running = nullptr;

// Nested, because a blocked process lets others run.
class AsCurrent {
 public:
  explicit AsCurrent(Process* process) : before_(std::exchange(running, process)) {}
  ~AsCurrent() { running = before_; }
  AsCurrent(const AsCurrent&) = delete;
  AsCurrent& operator=(const AsCurrent&) = delete;

 private:
  Process* before_;
};

}  // namespace

WallTime true_wall(MonoTime now) {
  return WallTime(std::chrono::seconds(1'800'000'000)) + now.time_since_epoch();
}

WallTime ProcessClock::wall() const {
  return true_wall(scheduler_.now()) + wall_offset_;
}

Process* Process::current() {
  return running;
}

void Process::post(Duration delay, std::function<void()> work) {
  scheduler_.at(delay, [this, work = std::move(work)] {
    if (!alive_) return;
    if (frozen()) return post(thaw_at_ - scheduler_.now(), work);
    run(work);
  });
}

void Process::run(const std::function<void()>& work) {
  const AsCurrent as(this);
  try {
    work();
  } catch (const ProcessDied&) {
    alive_ = false;
  }
}

void Process::block(Duration time) {
  {
    const AsCurrent as(nullptr);
    scheduler_.yield(time);
    while (alive_ && frozen()) {
      const MonoTime before = scheduler_.now();
      scheduler_.yield(thaw_at_ - before);
      if (scheduler_.now() == before) break;
    }
  }
  die_if_dead();
}

}  // namespace sideband::sim
