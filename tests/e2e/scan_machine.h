// A whole small machine for `scan`: namespaces of its own with an /etc, a dpkg, nft rules, nginx,
// Redis and PostgreSQL, as one script that a test runs as root.
#pragma once

#include <string>

#include "support/process.h"
#include "support/temp_dir.h"

namespace sideband::e2e {

class ScanMachine {
 public:
  ScanMachine();

  // Empty when this user and this system can make one; else why not.
  static std::string why_not();
  // Starts the machine and scans it there with `arguments`; the code is that of scan, or 99 when
  // the machine did not start. Modes: "clean"; "broken" in one way of each kind; "shared", where
  // others have tables beside those of the nft file.
  Finished scan(const std::string& mode, const std::string& arguments) const;

 private:
  [[nodiscard]] std::string etc(const std::string& path) const { return dir_.path("etc/" + path); }

  TempDir dir_;
};

}  // namespace sideband::e2e
