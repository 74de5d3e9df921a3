// `serve`: the daemon from start to clean stop.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace sideband {

struct ServeOptions {
  std::string config;
  std::string state;
  std::string socket;
  std::string postgres;         // connection string; empty = embedded SQLite in the state folder
  std::string metrics_address;  // "127.0.0.1:9470"; empty = only on the socket
  std::string node = "local";
  Duration lease = std::chrono::seconds(30);  // how long other nodes wait for a silent one
  std::string log_level = "info";
  std::string log_format = "logfmt";
  bool trust_store = false;  // start a new anchor: after a store was restored on purpose
  std::string new_state;     // why a store that is not the one signed last is to be used; empty: it
                             // is refused
};

// Serves until SIGTERM or SIGINT (then stops cleanly); SIGHUP reloads the configuration. Returns
// the exit code: 0 stopped, 2 usage or configuration, 7 store not reachable, 9 the audit log
// forked.
int serve(const ServeOptions& options);

}  // namespace sideband
