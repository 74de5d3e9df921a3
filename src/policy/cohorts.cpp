#include "policy/cohorts.h"

#include <algorithm>

namespace sideband {

std::vector<std::int64_t> cohort_ends(const CanarySettings& canary, std::int64_t changes,
                                      std::int64_t first) {
  std::vector<std::int64_t> ends;
  for (const Cohort& cohort : canary.cohorts) {
    const std::int64_t share = (changes * cohort.percent + 999'999) / 1'000'000;
    const std::int64_t end = std::min(changes, cohort.count > 0 ? cohort.count : share);
    if (end > (ends.empty() ? 0 : ends.back())) ends.push_back(end);
  }
  if (ends.empty() || ends.back() < changes) ends.push_back(changes);
  if (first > 0 && first < ends.front()) ends.insert(ends.begin(), first);
  return ends;
}

}  // namespace sideband
