#include "e2e/crash_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sideband::e2e {
namespace {

using Json = nlohmann::json;

constexpr const char* kStores[] = {"sqlite", "postgres"};

}  // namespace

std::string json_line(const CrashSpec& spec, const CrashResult& result) {
  const Json line = {{"cycle", spec.number},
                     {"store", spec.store},
                     {"scene", scene_name(spec.scene)},
                     {"point", spec.point},
                     {"pass", spec.pass},
                     {"skipped", result.skipped},
                     {"fired", result.fired},
                     {"seconds", result.seconds},
                     {"reclaimSeconds", result.reclaim_seconds},
                     {"violation", result.violation}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::uint64_t CrashReport::add(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("violation")) return 0;
  const auto number = json["cycle"].get<std::uint64_t>();
  ++cycles_;
  if (json["skipped"]) return ++skipped_[json["store"]], number;
  seconds_ += json["seconds"].get<double>();
  if (json["fired"]) {
    reclaims_.push_back(json["reclaimSeconds"]);
    ++fired_[json["point"]][json["store"]];
    const std::string scene = json["scene"];
    ++scenes_[json["point"]][scene + ":" + std::to_string(json["pass"].get<int>())];
  }
  const std::string violation = json["violation"];
  if (!violation.empty()) violations_[number] = violation;
  return number;
}

int CrashReport::fired(const std::string& point, const std::string& store) const {
  const auto at = fired_.find(point);
  if (at == fired_.end()) return 0;
  const auto count = at->second.find(store);
  return count == at->second.end() ? 0 : count->second;
}

std::vector<std::string> CrashReport::never_fired() const {
  std::vector<std::string> out;
  for (const std::string& point : crash_points()) {
    for (const char* store : kStores) {
      if (skipped_.contains(store) || fired(point, store) > 0) continue;
      out.push_back(point + " on " + store);
    }
  }
  return out;
}

double CrashReport::reclaim(double share) const {
  if (reclaims_.empty()) return 0;
  std::vector<double> sorted = reclaims_;
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

std::string CrashReport::json() const {
  Json broken = Json::array();
  for (const auto& [number, what] : violations_) {
    broken.push_back({{"cycle", number}, {"what", what}});
  }
  const Json all = {
      {"cycles", cycles_},
      {"skipped", skipped_},
      {"seconds", seconds_},
      {"reclaimSeconds", {{"p50", reclaim(.5)}, {"p99", reclaim(.99)}, {"max", reclaim(1)}}},
      {"fired", fired_},
      {"passes", scenes_},
      {"neverFired", never_fired()},
      {"violations", broken}};
  return all.dump(2);
}

std::string CrashReport::text() const {
  std::string out =
      fmt::format("{:<22}{:>8}{:>10}   scene:pass (kills)\n", "killed at", kStores[0], kStores[1]);
  for (const std::string& point : crash_points()) {
    out += fmt::format("{:<22}{:>8}{:>10}  ", point, fired(point, kStores[0]),
                       fired(point, kStores[1]));
    const auto passes = scenes_.find(point);
    if (passes != scenes_.end()) {
      for (const auto& [pass, count] : passes->second) out += fmt::format(" {} ({})", pass, count);
    }
    out += "\n";
  }
  for (const std::string& point : never_fired()) out += "NEVER FIRED: " + point + "\n";
  for (const auto& [store, count] : skipped_) {
    out += fmt::format("SKIPPED: {} cycles on {}, which does not start here\n", count, store);
  }
  for (const auto& [number, what] : violations_) {
    out += fmt::format("VIOLATION in {}:\n{}", crash_spec(number).text(), what);
  }
  return out + fmt::format(
                   "{} cycles, {} kills, {:.1f} s each, all work done within {:.1f} s of the "
                   "restart (p50), {:.1f} s (p99): {} violations\n",
                   cycles_, reclaims_.size(), seconds_ / std::max(1, cycles_), reclaim(.5),
                   reclaim(.99), violations_.size());
}

}  // namespace sideband::e2e
