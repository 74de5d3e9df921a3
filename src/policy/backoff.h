// Exponential back-off with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
#pragma once

#include "model/settings.h"

namespace sideband {

// Delay before attempt `attempt` (1 = the first retry); `fraction` in [0, 1) is the jitter's draw.
// Never below a tenth of the step, so that a retry is never immediate.
Duration backoff_delay(const RetrySettings& retry, std::int64_t attempt, double fraction);

}  // namespace sideband
