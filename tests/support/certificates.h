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

// With these alternative names ("IP:192.0.2.1"; empty = none), and this common name, by which it is
// looked for among those that are believed; empty = none.
MadeCertificate make_certificate_of(const std::string& names, WallTime not_after,
                                    const std::string& common_name = "");

}  // namespace sideband
