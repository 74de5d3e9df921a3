// How many items the desired side has, asked behind the reads that found something deletable: a
// side that lost its items meanwhile answers each key with "absent", as it does for a true extra.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "engine/runtime/reconciler_runtime.h"

namespace sideband {

// Counts the keys of the desired side, up to `enough` of them: less means that there are no more.
// Blocks on that side, for as many pages as that takes.
Result<std::int64_t> count_source(const ReconcilerRuntime& runtime, std::int64_t enough);

}  // namespace sideband
