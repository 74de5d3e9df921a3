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
  for (const auto& [name, count] : counts) out += fmt::format("{:<24} {:>10}\n", name, count);
  return out;
}

Json counts_json(const std::map<std::string, Coverage::Count>& counts) {
  Json out = Json::object();
  for (const auto& [name, row] : counts) {
    out[name] = {{"fired", row.fired}, {"worlds", row.worlds}};
  }
  return out;
}

Json coverage_json(const Coverage& coverage) {
  return {{"faults", counts_json(coverage.faults)},
          {"killedAt", counts_json(coverage.kills)},
          {"reached", counts_json(coverage.reached)},
          {"missed", coverage.missed()}};
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
                     {"runs", result.runs},
                     {"faults", faults},
                     {"points", result.points}};
  return line.dump();
}

std::uint64_t Report::add(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("runs")) return 0;
  const auto seed = json["seed"].get<std::uint64_t>();
  ++seeds;
  simulated_hours += json["simulatedSeconds"].get<double>() / 3600;
  events += json["events"].get<std::int64_t>();
  writes += json["writes"].get<std::int64_t>();
  add_counts(json["repairs"], repairs);
  add_counts(json["runs"], runs);
  using Counts = std::map<std::string, std::int64_t>;
  coverage.add(json["faults"].get<Counts>(), json["points"].get<Counts>());
  const auto violation = json["violation"].get<std::string>();
  if (!violation.empty()) violations[seed] = violation;
  return seed;
}

std::string Report::json() const {
  Json broken = Json::array();
  for (const auto& [seed, what] : violations) broken.push_back({{"seed", seed}, {"what", what}});
  const Json all = {{"seeds", seeds},
                    {"simulatedHours", simulated_hours},
                    {"events", events},
                    {"writes", writes},
                    {"repairs", repairs},
                    {"runs", runs},
                    {"coverage", coverage_json(coverage)},
                    {"violations", broken}};
  return all.dump(2);
}

std::string Report::text() const {
  std::string out =
      table("repairs by end", repairs) + table("runs of playbooks by end", runs) + coverage.table();
  for (const auto& [seed, what] : violations) out += fmt::format("seed {}: {}\n", seed, what);
  out += fmt::format("{} seeds, {:.0f} simulated hours, {} events, {} writes: {} violations\n",
                     seeds, simulated_hours, events, writes, violations.size());
  return out;
}

}  // namespace sideband::sim
