// Exponential back-off with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
#pragma once

#include "model/settings.h"

namespace sideband {

// Delay before attempt `attempt` (1 = the first retry); `fraction` in [0, 1) is the jitter's draw.
// Never below a tenth of the step, so that a retry is never immediate.
Duration backoff_delay(const RetrySettings& retry, std::int64_t attempt, double fraction);

// How long to let a target be that refuses whatever is asked for `refused_for` by now: a quarter of
// that, from one second up to a minute, and up to a quarter of it more by `fraction`.
Duration refusal_delay(Duration refused_for, double fraction);

}  // namespace sideband
