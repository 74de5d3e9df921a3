// What worlds had to tell, as JSON lines, and the sum of many.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "simulation/coverage.h"
#include "simulation/world.h"

namespace sideband::sim {

// One world on one line, without its end.
std::string json_line(std::uint64_t seed, const WorldResult& result);

struct Report {
  std::int64_t seeds = 0;
  double simulated_hours = 0;
  std::int64_t events = 0;
  std::int64_t writes = 0;
  std::map<std::string, std::int64_t> repairs;
  std::map<std::string, std::int64_t> runs;  // of playbooks
  Coverage coverage;
  std::map<std::uint64_t, std::string> violations;  // by seed

  // Adds a line of json_line; one that is not whole (its writer was killed) is passed over. Says
  // whose it was, 0 = nobody's.
  std::uint64_t add(const std::string& line);
  [[nodiscard]] std::string json() const;
  // For people: figures, then which fault and which crash point fired how often.
  [[nodiscard]] std::string text() const;
};

}  // namespace sideband::sim
