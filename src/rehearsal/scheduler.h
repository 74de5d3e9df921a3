// Virtual time for everything in one simulated world: events in order of time, ties and delays by
// a seeded generator, all on the caller's thread. The same seed gives the same order.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace sideband::sim {

// Used by one thread.
class Scheduler {
 public:
  explicit Scheduler(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] MonoTime now() const { return now_; }
  void at(Duration delay, std::function<void()> event);
  // Runs events until `time`, which is then now.
  void run_until(MonoTime time);
  // Runs events until `done` or no later than `time`; says whether it was done.
  bool run_until(MonoTime time, const std::function<bool()>& done);
  // What a blocking call does: lets other things happen for a while, from within an event. Nested
  // deeper than kMaxNested it takes no time.
  void yield(Duration time);

  Random& random() { return random_; }
  // Uniform between the two, both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  Duration between(Duration low, Duration high);
  bool chance(double probability) { return random_.fraction() < probability; }

  // Adds to the fingerprint of this run.
  void note(std::string_view what);
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }
  [[nodiscard]] std::int64_t events() const { return events_; }

 private:
  static constexpr int kMaxNested = 12;
  struct Event {
    MonoTime at;
    std::uint64_t order;  // breaks ties
    std::function<void()> run;
    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  bool step(MonoTime until);

  SeededRandom random_;
  MonoTime now_{std::chrono::seconds(1000)};
  std::priority_queue<Event> events_queue_;
  std::int64_t events_ = 0;
  int nested_ = 0;
  std::uint64_t fingerprint_ = 14695981039346656037ULL;
};

}  // namespace sideband::sim
