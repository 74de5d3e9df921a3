// A playbook for kill tests: statements in a diamond with a step by hand, whose last step fails, so
// that each run goes forward and all the way back. The table that they write to is the ground
// truth.
#pragma once

#include <set>

#include "e2e/daemon.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {

// Used by one thread.
class PlaybookWorld {
 public:
  // `postgres`: as of Daemon.
  explicit PlaybookWorld(const std::string& postgres = "");

  Daemon daemon;
  // Asks for the run, each time by the same request, and confirms its step by hand; does not care
  // when the daemon dies of it.
  void push();
  // The run was taken back.
  bool taken_back();
  // The log verifies, tells what the daemon tells, and each statement was carried out a single
  // time, on the way back in reverse order.
  void check_proof();

 private:
  SqliteClient database_;
  std::set<std::string> accepted_;
};

}  // namespace sideband::e2e
