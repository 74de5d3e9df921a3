// For how long records of the audit log have waited for their signature.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace sideband {

// Thread-safe.
class SigningWatch {
 public:
  explicit SigningWatch(const Clock& clock) : clock_(clock), signed_at_(clock.mono()) {}

  // Everything that was in the log at that time is signed.
  void signed_up_to(MonoTime time) { signed_at_ = time; }
  [[nodiscard]] Duration unsigned_for() const { return clock_.mono() - signed_at_.load(); }

 private:
  const Clock& clock_;
  std::atomic<MonoTime> signed_at_;
};

}  // namespace sideband
