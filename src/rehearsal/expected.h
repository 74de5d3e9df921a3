// What a test expects of a reconciler, beside what is so.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/runtime/engine.h"
#include "rehearsal/test_case.h"

namespace sideband::sim {

// What is so of one reconciler at one moment.
struct Seen {
  std::string status;
  std::string why;  // what the status says, with the gates that hold
  std::set<std::string> holds;
  std::int64_t repairs = 0;
  std::int64_t changed = 0;
  std::int64_t differ = 0;
};

// Read as the daemon's status is.
Result<Seen> see(Store& store, const Engine& engine, const ReconcilerSettings& reconciler,
                 Stage& stage, WallTime now);

// "status: expected held, got in_sync", one for each part that is not as expected. Pure.
std::vector<std::string> differences(const Expectation& expected, const Seen& seen);

}  // namespace sideband::sim
