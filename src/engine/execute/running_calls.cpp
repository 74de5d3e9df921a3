#include "engine/execute/running_calls.h"

namespace sideband {

void RunningCalls::stop(const Uuid& repair) {
  std::pair<std::shared_ptr<Operation>, std::string> call;
  {
    const MutexLock lock(mutex_);
    const auto found = running_.find(repair);
    if (found != running_.end()) call = found->second;
  }
  if (call.first) call.first->stop(call.second);
}

std::vector<Uuid> RunningCalls::repairs() const {
  const MutexLock lock(mutex_);
  std::vector<Uuid> out;
  for (const auto& [repair, call] : running_) out.push_back(repair);
  return out;
}

RunningCall::RunningCall(RunningCalls& calls, const Uuid& repair,
                         std::shared_ptr<Operation> operation, std::string key)
    : calls_(calls), repair_(repair) {
  const MutexLock lock(calls_.mutex_);
  calls_.running_[repair_] = {std::move(operation), std::move(key)};
}

RunningCall::~RunningCall() {
  const MutexLock lock(calls_.mutex_);
  calls_.running_.erase(repair_);
}

}  // namespace sideband
