// Operations that are under way at their targets and can be asked to end.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/uuid.h"
#include "ports/operation.h"

namespace sideband {

// Thread-safe.
class RunningCalls {
 public:
  // Asks the call that this repair has under way, if any, to end now. Does not wait for it.
  void stop(const Uuid& repair) SB_EXCLUDES(mutex_);
  // Repairs that have a call under way here.
  [[nodiscard]] std::vector<Uuid> repairs() const SB_EXCLUDES(mutex_);

 private:
  friend class RunningCall;
  mutable Mutex mutex_;
  // By repair, which has one call under way at most: the operation, and the key of its run.
  std::map<Uuid, std::pair<std::shared_ptr<Operation>, std::string>> running_ SB_GUARDED_BY(mutex_);
};

// A call that is under way for as long as this object lives.
class RunningCall {
 public:
  RunningCall(RunningCalls& calls, const Uuid& repair, std::shared_ptr<Operation> operation,
              std::string key);
  ~RunningCall();
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

 private:
  RunningCalls& calls_;
  const Uuid repair_;
};

}  // namespace sideband
