#include "simulation/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sideband::sim {
namespace {

using Json = nlohmann::json;

void add_counts(const Json& from, std::map<std::string, std::int64_t>& to) {
  for (const auto& [name, count] : from.items()) to[name] += count.get<std::int64_t>();
}

std::string table(const std::string& title, const std::map<std::string, std::int64_t>& counts) {
  std::string out = title + "\n";
  for (const auto& [name, count] : counts) out += fmt::format("  {:<24} {:>10}\n", name, count);
  return out;
}

}  // namespace

std::string json_line(std::uint64_t seed, const WorldResult& result) {
  Json faults = Json::object();
  for (std::size_t i = 0; i < kFaults; ++i) {
    faults[std::string(fault_name(static_cast<Fault>(i)))] = result.faults[i];
  }
  const Json line = {{"seed", seed},
                     {"violation", result.violation},
                     {"fingerprint", fmt::format("{:016x}", result.fingerprint)},
                     {"simulatedSeconds", static_cast<double>(result.simulated.count()) / 1e6},
                     {"events", result.events},
                     {"writes", result.writes},
                     {"repairs", result.repairs},
                     {"faults", faults},
                     {"points", result.points}};
  return line.dump();
}

std::uint64_t Report::add(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("points")) return 0;
  const auto seed = json["seed"].get<std::uint64_t>();
  ++seeds;
  simulated_hours += json["simulatedSeconds"].get<double>() / 3600;
  events += json["events"].get<std::int64_t>();
  writes += json["writes"].get<std::int64_t>();
  add_counts(json["repairs"], repairs);
  add_counts(json["faults"], faults);
  add_counts(json["points"], points);
  const auto violation = json["violation"].get<std::string>();
  if (!violation.empty()) violations[seed] = violation;
  return seed;
}

std::string Report::json() const {
  Json broken = Json::array();
  for (const auto& [seed, what] : violations) broken.push_back({{"seed", seed}, {"what", what}});
  const Json all = {{"seeds", seeds},     {"simulatedHours", simulated_hours},
                    {"events", events},   {"writes", writes},
                    {"repairs", repairs}, {"faults", faults},
                    {"points", points},   {"violations", broken}};
  return all.dump(2);
}

std::string Report::text() const {
  std::string out = table("repairs by end", repairs) + table("faults that struck", faults) +
                    table("crash points reached, and with + killed at", points);
  for (const auto& [seed, what] : violations) out += fmt::format("seed {}: {}\n", seed, what);
  out += fmt::format("{} seeds, {:.0f} simulated hours, {} events, {} writes: {} violations\n",
                     seeds, simulated_hours, events, writes, violations.size());
  return out;
}

}  // namespace sideband::sim
