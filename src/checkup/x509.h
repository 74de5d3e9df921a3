// Certificates of PEM and DER files, by OpenSSL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sideband::scan {

struct Certificate {
  // The first DNS name, else another name or address of the subject, else the common name, else the
  // whole subject, else "nobody".
  std::string name;
  // On one line, with all names: what makes two of them the same thing. Empty: it names nothing.
  std::string subject;
  std::string fingerprint;  // SHA-256 of the certificate, hex
  WallTime not_after;
};

// All certificates of a file, in its order. Empty when it holds none (a key, for example). kCorrupt
// when one is cut off or damaged. Never asks for a passphrase.
Result<std::vector<Certificate>> read_certificates(std::string_view bytes);

}  // namespace sideband::scan
