// What we tell the service manager that started us: sd_notify(3) of systemd.
//
// Thread-safe. Without NOTIFY_SOCKET nothing is sent. A call waits only while the manager's own
// queue is full. What cannot be sent is lost: nothing that we do depends on it.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace sideband {

// READY=1: started, or through with a reload; `status` is one line for people.
void notify_ready(const std::string& status);
// RELOADING=1, with the time that the manager orders signals by. notify_ready ends it.
void notify_reloading();
// STOPPING=1.
void notify_stopping();
// STATUS= alone.
void notify_status(const std::string& status);
// WATCHDOG=1: we are alive.
void notify_watchdog();

// How long the manager waits for notify_watchdog before it kills us (WATCHDOG_USEC); nothing when
// it does not wait for this process.
std::optional<Duration> watchdog_period();

}  // namespace sideband
