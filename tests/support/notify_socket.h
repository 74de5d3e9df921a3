// The service manager's end of sd_notify(3): a datagram socket that a daemon under test sends to.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "support/temp_dir.h"

namespace sideband {

// Used by one thread.
class NotifySocket {
 public:
  NotifySocket();
  // For NOTIFY_SOCKET.
  [[nodiscard]] std::string path() const { return dir_.path("notify"); }
  // The next message; nothing when none comes within `limit`.
  std::optional<std::string> next(Duration limit = std::chrono::seconds(20));
  // Throws away messages until one contains `part`; that one, or "" when none comes in time.
  std::string next_with(const std::string& part, Duration limit = std::chrono::seconds(20));

 private:
  TempDir dir_;
  Fd socket_;
};

}  // namespace sideband
