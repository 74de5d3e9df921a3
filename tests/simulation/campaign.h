// Runs many seeds on several processes of this machine, and goes on where an earlier run stopped.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/report.h"

namespace sideband::sim {

struct Campaign {
  std::uint64_t from = 1;
  std::uint64_t seeds = 500;
  int jobs = 1;
  Bug bug = Bug::kNone;
  Duration faulty = std::chrono::minutes(60);
  std::string lines;    // file of JSON lines, one a seed; those in it are not run again
  std::string stop_at;  // end at the first violation of this property; empty = never
};

// Blocks until all seeds are done. Progress goes to standard error where that is a terminal. One in
// fifty seeds runs twice and must leave the same fingerprint (P-22).
Report run_campaign(const Campaign& campaign);

// Whether this violation is one of the property "P-n".
bool is_of(const std::string& violation, const std::string& property);

// One seed on this process.
WorldResult run_seed(std::uint64_t seed, const Campaign& campaign, bool trace);

}  // namespace sideband::sim
