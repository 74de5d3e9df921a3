#include "model/settings.h"

namespace sideband {

std::set<std::string> targets_of(const ReconcilerSettings& reconciler) {
  std::set<std::string> names(reconciler.wake.targets.begin(), reconciler.wake.targets.end());
  names.insert({reconciler.desired.target, reconciler.actual.target});
  if (!reconciler.validate.independent.empty()) names.insert(reconciler.validate.independent);
  return names;
}

}  // namespace sideband
