// A target's limits, shared by everything that uses the target: connections, items read and changed
// per second, bytes per second.
//
// What a call reads and changes is taken before it goes out, so that calls beside each other do not
// spend the same allowance twice; what it turned out to move besides is charged afterwards.
#pragma once

#include <list>
#include <memory>

#include "base/deadline.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/result.h"
#include "drivers/paced_rate.h"
#include "model/settings.h"

namespace sideband {

// What a call uses of a target. Items that it reads, items that it changes, bytes that move.
struct TargetUse {
  std::size_t reads = 0;
  std::size_t writes = 0;
  std::size_t bytes = 0;
};

// Thread-safe. `clock` must outlive it.
class TargetLimiter {
 public:
  // The right to make one call over one connection. Given back when it goes; moves, and is used by
  // one thread at a time. Must not outlive the limiter.
  class Turn {
   public:
    Turn(TargetLimiter& limiter, const TargetUse& taken) : limiter_(&limiter), taken_(taken) {}
    Turn(Turn&& other) noexcept
        : limiter_(std::exchange(other.limiter_, nullptr)), taken_(other.taken_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (limiter_ != nullptr) limiter_->leave(taken_, taken_);
    }
    // Ends it; `used` is what the call turned out to move. Without it what was asked for counts.
    void end(const TargetUse& used) { std::exchange(limiter_, nullptr)->leave(taken_, used); }

   private:
    TargetLimiter* limiter_;
    const TargetUse taken_;
  };

  // `waited` counts the seconds that calls wait for their turn, if given; it must outlive this.
  TargetLimiter(const TargetLimits& limits, const Clock& clock, Counter* waited = nullptr);

  // Waits for a connection and for the rates; kTimeout (Effect::kNone) when the deadline passes
  // first, and at once when it would. Whoever came first goes first, but that calls which wait for
  // a rate do not hold up those that do not use it.
  Result<Turn> turn(const TargetUse& wanted, const Deadline& deadline) SB_EXCLUDES(mutex_);

  // The right to make a call that is cut into several turns. No more of them are under way than
  // there are connections: many at once would each take so long that none ends in its time.
  Result<Turn> cut_call(const Deadline& deadline) { return cut_calls_->turn({}, deadline); }

  // `wanted` items, or as many as go out in one call where that is less; `at_least` are worth one.
  [[nodiscard]] std::size_t cut_reads(std::size_t wanted, std::size_t at_least) const;
  [[nodiscard]] std::size_t cut_writes(std::size_t wanted, std::size_t at_least) const;
  [[nodiscard]] std::size_t cut_bytes(std::size_t wanted) const;

  [[nodiscard]] const TargetLimits& limits() const { return limits_; }
  [[nodiscard]] bool has_limits(const TargetLimits& limits) const;
  // How many calls wait for their turn now.
  [[nodiscard]] std::size_t waiting() const SB_EXCLUDES(mutex_);

 private:
  using Waiters = std::list<TargetUse>;

  void leave(const TargetUse& taken, const TargetUse& used) SB_EXCLUDES(mutex_);
  Result<void> wait(Waiters::iterator me, const Deadline& deadline) SB_REQUIRES(mutex_);
  [[nodiscard]] Duration debt(const TargetUse& wanted, MonoTime now) const SB_REQUIRES(mutex_);
  [[nodiscard]] bool is_next(Waiters::iterator me, MonoTime now) SB_REQUIRES(mutex_);
  void take(const TargetUse& wanted, MonoTime now) SB_REQUIRES(mutex_);

  const TargetLimits limits_;
  const Clock& clock_;
  Counter* const waited_;
  const std::unique_ptr<TargetLimiter> cut_calls_;  // null where there is no rate, so no cut
  mutable Mutex mutex_;
  CondVar changed_;
  std::int64_t in_use_ SB_GUARDED_BY(mutex_) = 0;
  Waiters waiters_ SB_GUARDED_BY(mutex_);  // whoever came first stands first
  PacedRate reads_ SB_GUARDED_BY(mutex_);
  PacedRate writes_ SB_GUARDED_BY(mutex_);
  PacedRate bytes_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
