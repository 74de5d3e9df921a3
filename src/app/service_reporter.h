// Keeps the service manager told while the daemon serves: that it is alive, and one line on how it
// is. From a thread of its own, because the others are what it reports on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace sideband {

class ServiceReporter {
 public:
  // `watchdog`: how long the manager waits for a sign of life; nothing when it does not. Both
  // functions are called by the reporter's thread until the destructor returned; when one of them
  // hangs, no sign of life is sent.
  ServiceReporter(std::optional<Duration> watchdog, std::function<bool()> alive,
                  std::function<std::string()> status);
  ~ServiceReporter();

 private:
  void run(std::optional<Duration> watchdog);
  bool wait(Duration time);

  std::function<bool()> alive_;
  std::function<std::string()> status_;
  Mutex mutex_;
  CondVar changed_;
  bool stop_ SB_GUARDED_BY(mutex_) = false;
  Thread thread_;
};

}  // namespace sideband
