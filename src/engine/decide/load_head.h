// The head of a reconciler as it counts now. What is known of what it protects goes with that, so
// that a rename or an edit opens nothing.
#pragma once

#include "engine/runtime/reconciler_runtime.h"
#include "model/repair.h"
#include "ports/store.h"

namespace sideband {

// An empty one where there is none; its source is the one of what `runtime` protects, whoever
// looked at it and under what name.
Result<ReconcilerHead> load_head(StoreReader& store, const ReconcilerRuntime& runtime);

// The same. Where the reconciler protects something new to it, that is written, with the windows
// and the bucket that go along.
Result<ReconcilerHead> adopt_head(StoreTx& store, const ReconcilerRuntime& runtime);

}  // namespace sideband
