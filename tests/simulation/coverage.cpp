#include "simulation/coverage.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulation/faults.h"

namespace sideband::sim {
namespace {

void count(std::map<std::string, Coverage::Count>& counts, const std::string& name,
           std::int64_t fired) {
  Coverage::Count& row = counts[name];
  row.fired += fired;
  row.worlds += fired > 0 ? 1 : 0;
}

Coverage::Count of(const std::map<std::string, Coverage::Count>& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? Coverage::Count() : found->second;
}

}  // namespace

const std::vector<std::string>& known_points() {
  static const std::vector<std::string> kPoints = {
      "accepted",          "approved",    "checkpoint_published",
      "checkpoint_signed", "claimed",     "cohort_checked",
      "compensating",      "confirmed",   "decided",
      "effect_begun",      "effect_done", "intent",
      "outcome",           "policy",      "signal",
      "step_judged",       "validated"};
  return kPoints;
}

void Coverage::add(const std::map<std::string, std::int64_t>& struck,
                   const std::map<std::string, std::int64_t>& points) {
  for (const auto& [name, fired] : struck) count(faults, name, fired);
  for (const auto& [name, fired] : points) {
    const bool killed = name.starts_with("+");
    count(killed ? kills : reached, killed ? name.substr(1) : name, fired);
  }
}

std::vector<std::string> Coverage::missed() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kFaults; ++i) {
    const std::string name(fault_name(static_cast<Fault>(i)));
    if (of(faults, name).fired == 0) names.push_back("fault " + name);
  }
  for (const std::string& name : known_points()) {
    if (of(kills, name).fired == 0) names.push_back("crash point " + name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Coverage::table() const {
  std::string out = fmt::format("{:<24} {:>10} {:>8}\n", "fault", "struck", "worlds");
  for (const auto& [name, row] : faults) {
    out += fmt::format("{:<24} {:>10} {:>8}\n", name, row.fired, row.worlds);
  }
  out += fmt::format("{:<24} {:>10} {:>8} {:>10}\n", "crash point", "killed", "worlds", "reached");
  for (const std::string& name : known_points()) {
    const Count row = of(kills, name);
    out += fmt::format("{:<24} {:>10} {:>8} {:>10}\n", name, row.fired, row.worlds,
                       of(reached, name).fired);
  }
  return out;
}

}  // namespace sideband::sim
