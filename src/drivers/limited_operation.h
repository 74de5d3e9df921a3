// Any Operation, kept to its target's limits.
#pragma once

#include <memory>

#include "drivers/target_limiter.h"
#include "ports/operation.h"

namespace sideband {

// Thread-safe. Each call waits for a connection within its own timeout and hands what is left of it
// on, but never more than the target's statementTimeout; kTimeout (Effect::kNone) when there is no
// room in time. Outputs are charged to bytes.
class LimitedOperation final : public Operation {
 public:
  LimitedOperation(std::unique_ptr<Operation> inner, std::shared_ptr<TargetLimiter> limiter,
                   const Clock& clock)
      : inner_(std::move(inner)), limiter_(std::move(limiter)), clock_(clock) {}

  [[nodiscard]] OperationTraits traits(const OperationRequest& request) const override {
    return inner_->traits(request);
  }
  [[nodiscard]] Result<void> check(const OperationRequest& request) const override {
    return inner_->check(request);
  }
  Result<OperationReply> run(const OperationRequest& request) override;
  Result<EffectProbe> probe_effect(const OperationRequest& request) override;
  Result<OperationReply> undo(const OperationRequest& request) override;
  void stop(const std::string& key) override { inner_->stop(key); }

 private:
  template <class Call>
  auto limited(const OperationRequest& request, Call call) -> decltype(call(request));

  const std::unique_ptr<Operation> inner_;
  const std::shared_ptr<TargetLimiter> limiter_;
  const Clock& clock_;
};

}  // namespace sideband
