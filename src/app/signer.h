// Signs checkpoints of the audit log on a thread of its own. When the log has forked it stops all
// repairs for good.
#pragma once

#include <memory>
#include <optional>

#include "audit/checkpointer.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "engine/engine.h"

namespace sideband {

class Signer {
 public:
  // `engine` must outlive it. The destructor signs once more.
  Signer(std::unique_ptr<Checkpointer> checkpointer, Engine& engine);
  ~Signer();

  // Why the log is not being signed; thread-safe.
  Result<void> health();

 private:
  void run();
  bool wait();
  void fail(const Error& error);

  std::unique_ptr<Checkpointer> checkpointer_;
  Engine& engine_;
  Mutex mutex_;
  CondVar changed_;
  bool stop_ SB_GUARDED_BY(mutex_) = false;
  std::optional<Error> problem_ SB_GUARDED_BY(mutex_);
  Thread thread_;
};

}  // namespace sideband
