// A certificate that signs itself, for TLS to a server on this machine.
#pragma once

#include <string>

namespace sideband {

struct Certificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// For servers called `host`, valid from now for an hour.
Certificate make_certificate(const std::string& host);

}  // namespace sideband
