// Certificates made on the spot, signed by their own key.
#pragma once

#include <string>

#include "base/clock.h"

namespace sideband {

struct MadeCertificate {
  std::string pem;
  std::string key;  // PEM, without passphrase
  std::string der;
};

// For a common name and a DNS name of the same text.
MadeCertificate make_certificate(const std::string& name, WallTime not_after);

}  // namespace sideband
