#include "app/signer.h"

#include "base/log.h"

namespace sideband {
namespace {

constexpr Duration kSignEvery = std::chrono::milliseconds(200);

}  // namespace

Signer::Signer(std::unique_ptr<Checkpointer> checkpointer, Engine& engine, const Clock& clock,
               SigningWatch& watch, Metrics& metrics)
    : checkpointer_(std::move(checkpointer)),
      engine_(engine),
      clock_(clock),
      watch_(watch),
      looked_back_(metrics.counter("sideband_audit_leaves_checked_total",
                                   "Signed audit leaves that were read again and compared.", {})),
      thread_("signer", [this] { run(); }) {}

Signer::~Signer() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  thread_.join();
  if (const auto last = sign(&Checkpointer::sign_now); !last.ok()) {
    log(LogLevel::kError, "last checkpoint not signed", {{"why", last.error().message}});
  }
}

Result<void> Signer::sign_now() {
  const auto now = sign(&Checkpointer::sign_now);
  note(now);
  return now.ok() ? Result<void>() : now.error();
}

Result<void> Signer::health() {
  const MutexLock lock(mutex_);
  return problem_ ? Result<void>(*problem_) : Result<void>();
}

void Signer::run() {
  while (!wait()) {
    note(turn());
  }
}

Result<bool> Signer::turn() {
  SB_ASSIGN(const bool signed_now, sign(&Checkpointer::tick));
  const MutexLock lock(signing_);
  SB_ASSIGN(const std::int64_t looked, checkpointer_->look_back());
  looked_back_.add(static_cast<double>(looked - looked_));
  looked_ = looked;
  return signed_now;
}

bool Signer::wait() {
  const MutexLock lock(mutex_);
  if (!stop_) changed_.wait_for(mutex_, kSignEvery);
  return stop_;
}

Result<bool> Signer::sign(Result<bool> (Checkpointer::*how)()) {
  const MutexLock lock(signing_);
  const MonoTime now = clock_.mono();
  auto done = ((*checkpointer_).*how)();
  if (done.ok()) watch_.signed_up_to(checkpointer_->unsigned_since().value_or(now));
  return done;
}

// A log that has forked stays so; what a full disk or a lost connection kept from being signed is
// signed with the next turn.
void Signer::note(const Result<bool>& signing) {
  if (!signing.ok()) return fail(signing.error());
  const MutexLock lock(mutex_);
  if (problem_) log(LogLevel::kWarn, "audit log is signed again");
  problem_.reset();
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
  const auto paused =
      engine_.commands().switches.pause(PauseScope{}, Principal::loop(), error.message);
  if (!paused.ok()) log(LogLevel::kError, "cannot pause", {{"why", paused.error().message}});
}

}  // namespace sideband
