// A target's limits, shared by everything that uses the target: connections, items read per second,
// bytes per second.
//
// Rates are token buckets of one second's worth that may go into debt: how much a call moves is only
// known after it, so a call waits until there is no debt, and what it moved is charged afterwards.
// https://en.wikipedia.org/wiki/Token_bucket
#pragma once

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/settings.h"

namespace sideband {

// Thread-safe. `clock` must outlive it.
class TargetLimiter {
 public:
  TargetLimiter(const TargetLimits& limits, const Clock& clock);

  // Waits for a connection and for both rates; kTimeout when the deadline passes first. Every success
  // is followed by one leave.
  Result<void> enter(const Deadline& deadline) SB_EXCLUDES(mutex_);
  // Gives the connection back and charges what the call moved.
  void leave(std::size_t items, std::size_t bytes) SB_EXCLUDES(mutex_);

  [[nodiscard]] const TargetLimits& limits() const { return limits_; }
  [[nodiscard]] bool has_limits(const TargetLimits& limits) const;

 private:
  struct Bucket {
    std::int64_t per_second = 0;  // 0 = no limit
    double left = 0;
    void refill(Duration passed);
    [[nodiscard]] Duration wait() const;  // until there is no debt
  };

  void refill() SB_REQUIRES(mutex_);

  const TargetLimits limits_;
  const Clock& clock_;
  Mutex mutex_;
  CondVar freed_;
  std::int64_t in_use_ SB_GUARDED_BY(mutex_) = 0;
  MonoTime at_ SB_GUARDED_BY(mutex_);
  Bucket items_ SB_GUARDED_BY(mutex_);
  Bucket bytes_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
