// What goes wrong in a simulated world, how likely, and how often each of it really happened.
//
// Names follow the fault list of the reliability requirements (F-1 ...); README.md says what each
// one means here.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "rehearsal/scheduler.h"

namespace sideband::sim {

enum class Fault : std::uint8_t {
  kKill,            // F-1: at any moment
  kKillAtPoint,     // F-1: at a named crash point
  kStoreLost,       // F-3: a group of the store fails, nothing of it happened
  kStoreMaybe,      // F-8: it was committed, but the answer is an error
  kStoreSlow,       // F-3: a commit takes seconds
  kStoreDown,       // F-12: no commit and no read for a while
  kStoreFork,       // F-12, F-14: the store is an older one than it was
  kClockJump,       // F-5: the wall clock is wrong by up to an hour
  kFreeze,          // F-6: a process stands still, also past its lease
  kTargetDown,      // F-7: a target refuses every call for a while
  kTargetError,     // F-7: one call fails, nothing of it happened
  kAnswerLost,      // F-8: the target did it, the answer is an error
  kLateEffect,      // F-9: the target does it after the caller gave up
  kTargetSlow,      // F-10: one call takes long
  kFlap,            // F-11: what was set goes back by itself
  kLie,             // F-11: says "changed" and did nothing
  kPart,            // F-11: does a part of a request, then fails
  kUnknownState,    // F-11: the state of a key cannot be told
  kRefusal,         // an operation says no, for good
  kEmptySource,     // the desired side seems to hold nothing for a while
  kShrunkSource,    // the desired side seems to have lost most of its items for a while
  kRename,          // a reconciler gets another name, and nobody knows it by the new one
  kPoison,          // F-16: a job kills whoever works on it, each time
  kStorm,           // F-17: every key drifts at once
  kRollingRestart,  // F-21: a clean stop and start
  kReload,          // F-15: another configuration while repairs run
  kCount,
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::kCount);

std::string_view fault_name(Fault fault);

class Faults {
 public:
  explicit Faults(Scheduler& scheduler) : scheduler_(scheduler) {}

  // Each world has a mix of its own: some faults often, some never.
  void choose_mix();
  void end() { on_ = false; }
  [[nodiscard]] bool on() const { return on_; }
  // Whether this fault strikes now, given its chance at this place in a world that likes it.
  bool strikes(Fault fault, double chance);
  // Whether the mix has it at all.
  [[nodiscard]] bool likes(Fault fault) const { return weight_[index(fault)] > 0; }
  // Whether this job kills whoever works on it now. Drawn once for each job; then each time, until
  // faults end.
  bool poisons(const std::string& job);
  // Called with the job and how often it did.
  void watch_poison(std::function<void(const std::string& job, int deaths)> watcher) {
    poison_watcher_ = std::move(watcher);
  }
  void count(Fault fault) { ++counts_[index(fault)]; }
  // Says how often this was counted, with this time.
  std::int64_t count_point(std::string_view name) { return ++points_[std::string(name)]; }

  [[nodiscard]] const std::array<std::int64_t, kFaults>& counts() const { return counts_; }
  [[nodiscard]] const std::map<std::string, std::int64_t>& points() const { return points_; }

 private:
  static std::size_t index(Fault fault) { return static_cast<std::size_t>(fault); }

  Scheduler& scheduler_;
  bool on_ = false;
  std::map<std::string, bool> poison_;
  std::map<std::string, int> deaths_;
  std::function<void(const std::string&, int)> poison_watcher_;
  std::array<double, kFaults> weight_{};
  std::array<std::int64_t, kFaults> counts_{};
  std::map<std::string, std::int64_t> points_;
};

}  // namespace sideband::sim
