// Canary cohorts: where each one ends, as positions in the plan. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "model/settings.h"

namespace sideband {

// Rising ends, the last one is `changes`. A share is rounded up, so that no cohort is empty. The
// first one has `first` changes at most, where that is not 0.
std::vector<std::int64_t> cohort_ends(const CanarySettings& canary, std::int64_t changes,
                                      std::int64_t first = 0);

}  // namespace sideband
