#include "rehearsal/scheduler.h"

#include <algorithm>

namespace sideband::sim {

void Scheduler::at(Duration delay, std::function<void()> event) {
  events_queue_.push({now_ + std::max(delay, Duration(0)), random_.next(), std::move(event)});
}

bool Scheduler::step(MonoTime until) {
  if (events_queue_.empty() || events_queue_.top().at > until) return false;
  // priority_queue has no way to move its top out.
  std::function<void()> run = std::move(const_cast<Event&>(events_queue_.top()).run);
  now_ = std::max(now_, events_queue_.top().at);
  events_queue_.pop();
  ++events_;
  run();
  return true;
}

void Scheduler::run_until(MonoTime time) {
  while (step(time)) {
  }
  now_ = std::max(now_, time);
}

bool Scheduler::run_until(MonoTime time, const std::function<bool()>& done) {
  while (!done()) {
    if (!step(time)) {
      now_ = std::max(now_, time);
      return done();
    }
  }
  return true;
}

void Scheduler::yield(Duration time) {
  if (nested_ >= kMaxNested) return;
  ++nested_;
  run_until(now_ + time);
  --nested_;
}

std::int64_t Scheduler::between(std::int64_t low, std::int64_t high) {
  return low +
         static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(high - low + 1));
}

Duration Scheduler::between(Duration low, Duration high) {
  return Duration(between(low.count(), high.count()));
}

// FNV-1a, 64 bits (RFC draft-eastlake-fnv).
void Scheduler::note(std::string_view what) {
  for (const char c : what) {
    fingerprint_ = (fingerprint_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
}

}  // namespace sideband::sim
