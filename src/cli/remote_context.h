// What commands that ask the daemon work with. Data goes to `out`, talk to `err`.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/api_client.h"

namespace sideband::cli {

struct RemoteContext {
  ApiClient& api;
  std::ostream& out;
  std::ostream& err;
  std::string format = "table";  // table | json | name; others are made from these
  bool color = false;
  bool quiet = false;  // no hints on what to do next
  bool wide = false;   // tables with all their columns
};

}  // namespace sideband::cli
