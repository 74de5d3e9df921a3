// Extras that a sweep found and that wait, as during detect.for, while plain scans cannot see them.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/reconciler_runtime.h"
#include "ports/store.h"

namespace sideband {

// Up to 10,000 keys of drifts that scan number `scan` did not see and that the desired side, read
// now, does not have. Blocks on the store and the desired side.
Result<std::vector<std::string>> known_extras(Store& store, const ReconcilerRuntime& runtime,
                                              std::int64_t scan);

}  // namespace sideband
