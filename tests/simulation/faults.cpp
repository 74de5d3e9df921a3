#include "simulation/faults.h"

namespace sideband::sim {

std::string_view fault_name(Fault fault) {
  static constexpr std::string_view kNames[kFaults] = {
      "kill",          "kill-at-point", "store-lost",    "store-maybe", "store-slow",
      "store-down",    "store-fork",    "clock-jump",    "freeze",      "target-down",
      "target-error",  "answer-lost",   "late-effect",   "target-slow", "flap",
      "lie",           "part",          "unknown-state", "refusal",     "empty-source",
      "shrunk-source", "rename",        "poison",        "storm",       "rolling-restart",
      "reload"};
  return kNames[static_cast<std::size_t>(fault)];
}

void Faults::choose_mix() {
  on_ = true;
  for (double& weight : weight_) {
    weight = scheduler_.chance(0.5) ? 0 : scheduler_.random().fraction() * 2;
  }
}

bool Faults::strikes(Fault fault, double chance) {
  if (!on_ || weight_[index(fault)] == 0) return false;
  if (!scheduler_.chance(chance * weight_[index(fault)])) return false;
  count(fault);
  return true;
}

bool Faults::poisons(const std::string& job) {
  if (!on_) return false;
  const auto [known, fresh] = poison_.try_emplace(job, false);
  if (fresh) known->second = strikes(Fault::kPoison, 0.01);
  if (known->second && poison_watcher_) poison_watcher_(job, ++deaths_[job]);
  return known->second;
}

}  // namespace sideband::sim
