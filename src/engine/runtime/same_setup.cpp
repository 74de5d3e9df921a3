#include "engine/runtime/same_setup.h"

#include <algorithm>

namespace sideband {
namespace {

std::string guardrails_version(const Settings& settings) {
  return settings.guardrails ? settings.guardrails->version : "";
}

bool same_target(const Settings& a, const Settings& b, const std::string& name) {
  const auto one = a.targets.find(name);
  const auto other = b.targets.find(name);
  return one != a.targets.end() && other != b.targets.end() &&
         same_access(one->second, other->second);
}

}  // namespace

bool same_access(const TargetSettings& a, const TargetSettings& b) {
  return a.connect == b.connect && a.lacks == b.lacks;
}

bool same_setup(const Settings& a, const Settings& b, const ReconcilerSettings& mine) {
  const auto other = a.reconcilers.find(mine.name);
  if (other == a.reconcilers.end() || other->second.version != mine.version) return false;
  std::set<std::string> targets = targets_of(mine);
  if (b.guardrails && b.guardrails->policy.is_set()) targets.insert(b.guardrails->policy.target);
  return guardrails_version(a) == guardrails_version(b) &&
         std::all_of(targets.begin(), targets.end(),
                     [&](const std::string& name) { return same_target(a, b, name); });
}

}  // namespace sideband
