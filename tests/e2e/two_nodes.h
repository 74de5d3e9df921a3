// Two daemons on one PostgreSQL store, each with a state folder of its own, under one audit key.
#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "e2e/daemon.h"

namespace sideband::e2e {

// What tests of takeovers give their nodes: short, since they wait for its end.
inline constexpr Duration kLease = std::chrono::seconds(2);

// Used by one thread.
class TwoNodes {
 public:
  // `store`: connection string of an empty database.
  TwoNodes(const std::string& store, const std::string& lease);

  Daemon a, b;
  // Starts `a` with this environment, and once it has signed gives `b` its key and anchor and
  // starts it too.
  void start(const std::map<std::string, std::string>& env_of_a = {});
  // Exports the log by `by` and verifies it under the common key.
  void check_log(Daemon& by) const;
};

// Whether a process was stopped (SIGSTOP) and not continued.
bool is_stopped(const Process& process);

}  // namespace sideband::e2e
