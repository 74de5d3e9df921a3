// Whether a step of a playbook is tried again, and when.
#pragma once

#include "engine/playbook/playbook_actions.h"
#include "engine/playbook/playbook_job.h"

namespace sideband {

// Whether another attempt follows an answer by which nothing was done. A target that refuses
// whoever asks is waited for, whatever `retry` says, until the playbook's timeout. Pure.
bool may_retry(const StepRetry& retry, const PlaybookJob& job, const PlaybookAnswer& answer);

// How long until the next attempt, which is counted in `repair` unless the target refuses whoever
// asks; then since when is. `fraction` in [0, 1) is the jitter's draw.
Duration wait_after(Retry why, const StepRetry& retry, Repair& repair, WallTime now,
                    double fraction);

}  // namespace sideband
