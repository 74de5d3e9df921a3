// Where a port is to be opened, as people write it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace sideband {

struct ListenAddress {
  std::string address;     // an IP address; empty = none was asked for
  std::uint16_t port = 0;  // 0 = a free one
};

// "127.0.0.1:9470", "[::1]:9470" or "localhost:9470"; "" = none. kInvalid for anything else, with
// what to write: nothing that somebody asked for is left out, and nothing else is listened at.
Result<ListenAddress> parse_listen_address(const std::string& text);

}  // namespace sideband
