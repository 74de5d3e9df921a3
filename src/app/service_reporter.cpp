#include "app/service_reporter.h"

#include <algorithm>

#include "base/service_manager.h"

namespace sideband {

static constexpr Duration kStatusEvery = std::chrono::seconds(1);

ServiceReporter::ServiceReporter(std::optional<Duration> watchdog, std::function<bool()> alive,
                                 std::function<std::string()> status)
    : alive_(std::move(alive)),
      status_(std::move(status)),
      thread_("reporter", [this, watchdog] { run(watchdog); }) {}

ServiceReporter::~ServiceReporter() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void ServiceReporter::run(std::optional<Duration> watchdog) {
  const Duration every = watchdog ? std::min(*watchdog / 2, kStatusEvery) : kStatusEvery;
  std::string told;
  do {
    if (watchdog && alive_()) notify_watchdog();
    std::string now = status_();
    if (now == told) continue;
    notify_status(now);
    told = std::move(now);
  } while (wait(every));
}

// False when it is over.
bool ServiceReporter::wait(Duration time) {
  const MutexLock lock(mutex_);
  if (!stop_) changed_.wait_for(mutex_, time);
  return !stop_;
}

}  // namespace sideband
