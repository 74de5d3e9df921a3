// What the status of a reconciler is computed from, read as of now.
#pragma once

#include "engine/runtime/engine.h"
#include "policy/status.h"

namespace sideband {

// Of one configured reconciler. Blocks on nothing but the reader.
Result<StatusFacts> gather_status(StoreReader& store, const ReconcilerSettings& settings,
                                  const ChannelStatus& runtime, WallTime now);

}  // namespace sideband
