#include "drivers/limited_operation.h"

#include <algorithm>

#include "drivers/within_memory.h"

namespace sideband {

template <class Call>
auto LimitedOperation::limited(const OperationRequest& request, Call call)
    -> decltype(call(request)) {
  const Deadline deadline(clock_, request.timeout);
  SB_ASSIGN(TargetLimiter::Turn turn, limiter_->turn({}, deadline));
  OperationRequest left = request;
  left.timeout = std::min(deadline.left(), limiter_->limits().statement_timeout);
  auto result = within_memory(Effect::kMaybe, [&] { return call(left); });
  turn.end({.bytes = result ? result->output.size() : 0});
  return result;
}

Result<OperationReply> LimitedOperation::run(const OperationRequest& request) {
  return limited(request, [this](const OperationRequest& left) { return inner_->run(left); });
}
Result<EffectProbe> LimitedOperation::probe_effect(const OperationRequest& request) {
  return limited(request,
                 [this](const OperationRequest& left) { return inner_->probe_effect(left); });
}
Result<OperationReply> LimitedOperation::undo(const OperationRequest& request) {
  return limited(request, [this](const OperationRequest& left) { return inner_->undo(left); });
}

}  // namespace sideband
