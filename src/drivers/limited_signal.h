// Any Signal, kept to its target's limits.
#pragma once

#include <algorithm>
#include <memory>

#include "drivers/target_limiter.h"
#include "drivers/within_memory.h"
#include "ports/signal.h"

namespace sideband {

// Thread-safe. A reading waits for a connection, counts as one item that is read, and takes no
// longer than its timeout and the target's statementTimeout; kTimeout when there is no room in
// time.
class LimitedSignal final : public Signal {
 public:
  LimitedSignal(std::unique_ptr<Signal> inner, std::shared_ptr<TargetLimiter> limiter,
                const Clock& clock)
      : inner_(std::move(inner)), limiter_(std::move(limiter)), clock_(clock) {}

  Result<SignalReading> read(Duration timeout) override {
    const Deadline deadline(clock_, std::min(timeout, limiter_->limits().statement_timeout));
    SB_ASSIGN(const TargetLimiter::Turn turn, limiter_->turn({.reads = 1}, deadline));
    return within_memory(Effect::kNone, [&] { return inner_->read(deadline.left()); });
  }

 private:
  const std::unique_ptr<Signal> inner_;
  const std::shared_ptr<TargetLimiter> limiter_;
  const Clock& clock_;
};

}  // namespace sideband
