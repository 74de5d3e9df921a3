#include "base/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <algorithm>

namespace sideband {
namespace {

// A line break would begin another assignment.
std::string status_line(std::string status) {
  std::replace_if(
      status.begin(), status.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return "STATUS=" + status + "\n";
}

void send(const std::string& assignments) {
  // 0: leave the environment as it is, for the next call. What it returns changes nothing for us.
  sd_notify(0, assignments.c_str());
}

// Of CLOCK_MONOTONIC, which stands still in a suspended machine, unlike Clock::mono.
std::string monotonic_usec() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000);
}

}  // namespace

void notify_ready(const std::string& status) {
  send("READY=1\n" + status_line(status));
}

void notify_reloading() {
  send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_usec() + "\n" + status_line("reloading"));
}

void notify_stopping() {
  send("STOPPING=1\n" + status_line("stopping: running steps end and are recorded"));
}

void notify_status(const std::string& status) {
  send(status_line(status));
}

void notify_watchdog() {
  send("WATCHDOG=1\n");
}

std::optional<Duration> watchdog_period() {
  std::uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) <= 0) return std::nullopt;
  return Duration(static_cast<std::int64_t>(usec));
}

}  // namespace sideband
