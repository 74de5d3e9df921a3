// What the programs of this folder share.
#pragma once

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include "base/clock.h"

namespace sideband {

[[noreturn]] inline void die(const std::string& why) {
  std::cerr << why << "\n";
  std::exit(1);
}

// A connection to a unix socket; ends the program when there is none.
inline int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    die("cannot connect to " + path);
  }
  return fd;
}

// CPU time of this process so far, in microseconds.
inline double cpu_us() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

// Time until `due` for ppoll; nothing when it has passed.
inline timespec time_until(MonoTime due, MonoTime now) {
  const std::int64_t us = std::max<std::int64_t>(0, (due - now).count());
  return {us / 1'000'000, us % 1'000'000 * 1000};
}

}  // namespace sideband
