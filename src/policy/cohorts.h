// Canary cohorts: where each one ends, as positions in the plan. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "model/settings.h"

namespace sideband {

// Rising ends, the last one is `changes`. A share is rounded up, so that no cohort is empty.
std::vector<std::int64_t> cohort_ends(const CanarySettings& canary, std::int64_t changes);

}  // namespace sideband
