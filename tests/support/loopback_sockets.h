// Plain sockets of this machine, for servers and proxies of tests.
#pragma once

#include <netinet/in.h>

#include <string>
#include <string_view>

#include "base/fd.h"

namespace sideband {

sockaddr_in loopback_address(int port);
// Small pieces are sent at once.
void send_at_once(int fd);

// A connection to a server that listens at a port of loopback, or at a unix socket. Not valid where
// there is none.
Fd connect_loopback(int port);
Fd connect_unix(const std::string& path);

// Blocks until everything is sent; false when the other side has gone.
bool send_all(int fd, std::string_view bytes);

}  // namespace sideband
