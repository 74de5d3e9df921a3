// What the cycles of a crash campaign had to tell: a JSON line each, and the sum of many.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "e2e/crash_cycle.h"

namespace sideband::e2e {

// One cycle on one line, without its end.
std::string json_line(const CrashSpec& spec, const CrashResult& result);

class CrashReport {
 public:
  // Adds a line of json_line; one that is not whole (its writer was killed) is passed over. Says
  // whose it was, 0 = nobody's.
  std::uint64_t add(const std::string& line);
  [[nodiscard]] std::string json() const;
  // For people: kills by point and store, times, what failed, and one line of sums.
  [[nodiscard]] std::string text() const;
  // Cycles that broke a promise, and points where no kill struck though their store runs here.
  [[nodiscard]] std::size_t problems() const { return violations_.size() + never_fired().size(); }

 private:
  [[nodiscard]] std::vector<std::string> never_fired() const;
  [[nodiscard]] int fired(const std::string& point, const std::string& store) const;
  [[nodiscard]] double reclaim(double share) const;

  int cycles_ = 0;
  std::map<std::string, int> skipped_;                        // by store
  double seconds_ = 0;                                        // of all cycles together
  std::vector<double> reclaims_;                              // seconds
  std::map<std::string, std::map<std::string, int>> fired_;   // point -> store -> kills
  std::map<std::string, std::map<std::string, int>> scenes_;  // point -> scene:pass -> kills
  std::map<std::uint64_t, std::string> violations_;
};

}  // namespace sideband::e2e
