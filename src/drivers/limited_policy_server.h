// Any PolicyServer, kept to its target's limits.
#pragma once

#include <algorithm>
#include <memory>

#include "drivers/target_limiter.h"
#include "drivers/within_memory.h"
#include "ports/policy_server.h"

namespace sideband {

// Thread-safe. A question waits for a connection, counts as one item that is read, and takes no
// longer than its timeout and the target's statementTimeout; kTimeout when there is no room in
// time.
class LimitedPolicyServer final : public PolicyServer {
 public:
  LimitedPolicyServer(std::unique_ptr<PolicyServer> inner, std::shared_ptr<TargetLimiter> limiter,
                      const Clock& clock)
      : inner_(std::move(inner)), limiter_(std::move(limiter)), clock_(clock) {}

  Result<PolicyVerdict> ask(const std::string& path, const std::string& input,
                            Duration timeout) override {
    return in_turn(timeout, [&](Duration left) { return inner_->ask(path, input, left); });
  }
  Result<void> check_health(Duration timeout) override {
    return in_turn(timeout, [&](Duration left) { return inner_->check_health(left); });
  }

 private:
  template <class Call>
  auto in_turn(Duration timeout, Call call) -> decltype(call(timeout)) {
    const Deadline deadline(clock_, std::min(timeout, limiter_->limits().statement_timeout));
    SB_ASSIGN(const TargetLimiter::Turn turn, limiter_->turn({.reads = 1}, deadline));
    return within_memory(Effect::kNone, [&] { return call(deadline.left()); });
  }

  const std::unique_ptr<PolicyServer> inner_;
  const std::shared_ptr<TargetLimiter> limiter_;
  const Clock& clock_;
};

}  // namespace sideband
