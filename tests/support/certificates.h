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

// With these alternative names ("IP:192.0.2.1"; empty = none), and no other name.
MadeCertificate make_certificate_of(const std::string& names, WallTime not_after);

}  // namespace sideband
