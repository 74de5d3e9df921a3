#include "model/settings.h"

namespace sideband {

std::set<std::string> targets_of(const ReconcilerSettings& reconciler) {
  std::set<std::string> names(reconciler.wake.targets.begin(), reconciler.wake.targets.end());
  names.insert({reconciler.desired.target, reconciler.actual.target});
  const std::string& independent = reconciler.validate.independent;
  const RepairSettings& repair = reconciler.repair;
  for (const std::string& name :
       {independent, repair.before.target, repair.after.target, reconciler.decide.policy.target}) {
    if (!name.empty()) names.insert(name);
  }
  return names;
}

}  // namespace sideband
