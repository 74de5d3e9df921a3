// Signs checkpoints of the audit log on a thread of its own, and at once for whoever needs one.
//
// Between signatures it goes through the old leaves, slowly. When the log has forked it stops all
// repairs for good and says why in health(). Thread-safe.
#pragma once

#include <memory>
#include <optional>

#include "app/signing_watch.h"
#include "audit/checkpointer.h"
#include "base/metrics.h"
#include "base/thread.h"
#include "engine/runtime/engine.h"

namespace sideband {

class Signer {
 public:
  // `engine` and `watch` must outlive it.
  Signer(std::unique_ptr<Checkpointer> checkpointer, Engine& engine, const Clock& clock,
         SigningWatch& watch, Metrics& metrics);
  // Signs what is new before it ends. Blocks.
  ~Signer();
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  // Signs whatever is in the store now, so that an export holds what its caller has just seen.
  // Blocks. A failure is also kept for health().
  Result<void> sign_now();
  // The last failure; none once it was signed again.
  [[nodiscard]] Result<void> health();

 private:
  void run();
  bool wait();
  Result<bool> turn();
  Result<bool> sign(Result<bool> (Checkpointer::*how)());
  void note(const Result<bool>& signing);
  void fail(const Error& error);

  Mutex signing_;
  const std::unique_ptr<Checkpointer> checkpointer_ SB_PT_GUARDED_BY(signing_);
  Engine& engine_;
  const Clock& clock_;
  SigningWatch& watch_;
  Counter& looked_back_;
  std::int64_t looked_ = 0;  // of the thread
  Mutex mutex_;
  CondVar changed_;
  bool stop_ SB_GUARDED_BY(mutex_) = false;
  std::optional<Error> problem_ SB_GUARDED_BY(mutex_);
  Thread thread_;
};

}  // namespace sideband
