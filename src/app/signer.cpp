#include "app/signer.h"

#include "base/log.h"

namespace sideband {

static constexpr Duration kSignEvery = std::chrono::milliseconds(200);

Signer::Signer(std::unique_ptr<Checkpointer> checkpointer, Engine& engine)
    : checkpointer_(std::move(checkpointer)),
      engine_(engine),
      thread_("signer", [this] { run(); }) {}

Signer::~Signer() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  thread_.join();
  if (const auto last = checkpointer_->sign_now(); !last.ok()) {
    log(LogLevel::kError, "last checkpoint not signed", {{"why", last.error().message}});
  }
}

Result<void> Signer::health() {
  const MutexLock lock(mutex_);
  return problem_ ? Result<void>(*problem_) : Result<void>();
}

void Signer::run() {
  while (!wait()) {
    const auto signed_one = checkpointer_->tick();
    if (!signed_one.ok()) fail(signed_one.error());
  }
}

bool Signer::wait() {
  const MutexLock lock(mutex_);
  if (!stop_) changed_.wait_for(mutex_, kSignEvery);
  return stop_;
}

void Signer::fail(const Error& error) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    first = !problem_;
    problem_ = error;
  }
  if (!first) return;
  log(LogLevel::kError, "audit log is not signed", {{"why", error.message}});
  if (error.code != ErrorCode::kCorrupt) return;
  const auto paused = engine_.commands().pause("", "sideband", error.message);
  if (!paused.ok()) log(LogLevel::kError, "cannot pause", {{"why", paused.error().message}});
}

}  // namespace sideband
