// A TCP port that nobody listens on at this moment.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/fd.h"

namespace sideband {

inline int free_port() {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  SB_CHECK(::bind(fd.get(), any, size) == 0 && ::getsockname(fd.get(), any, &size) == 0);
  return ntohs(address.sin_port);
}

}  // namespace sideband
