// Whether everything that can go wrong in these worlds did go wrong in some of them. What never
// happens proves nothing, and nobody would notice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sideband::sim {

// From so many worlds on each fault and each crash point must have struck.
inline constexpr std::int64_t kCoveredFrom = 500;

// Names of the crash points in src/engine and src/audit, sorted; simulation_test compares them.
const std::vector<std::string>& known_points();

struct Coverage {
  struct Count {
    std::int64_t fired = 0;   // how often, over all worlds
    std::int64_t worlds = 0;  // in how many of them
  };
  std::map<std::string, Count> faults;   // by name
  std::map<std::string, Count> kills;    // at crash points, by their name
  std::map<std::string, Count> reached;  // crash points that were passed alive too

  // One world's counts: faults by name; points by name, "+name" where it was killed there.
  void add(const std::map<std::string, std::int64_t>& faults,
           const std::map<std::string, std::int64_t>& points);
  // Faults and points that never struck, sorted.
  [[nodiscard]] std::vector<std::string> missed() const;
  // One line for each fault and point.
  [[nodiscard]] std::string table() const;
};

}  // namespace sideband::sim
