// The circuit breaker of a reconciler in the store: read and written in the transactions that begin
// and end its repairs, so that a kill, a restart and another node change nothing of it.
#pragma once

#include <string>

#include "engine/runtime/reconciler_runtime.h"
#include "model/kept_state.h"
#include "model/repair.h"
#include "ports/store.h"

namespace sideband {

// A closed one where none was kept. A probe that has ended, in whatever way, is none any more.
Result<Breaker> load_breaker(StoreReader& store, const std::string& scope);

// `repair` begins: where the breaker is half-open it is the probe from now on. Says how many of its
// changes have to be validated before the others begin; 0: it is no probe.
Result<std::int64_t> begin_probe(StoreTx& store, const ReconcilerRuntime& runtime,
                                 const Repair& repair, WallTime now);
// The same of one that has begun.
Result<std::int64_t> probe_changes(StoreReader& store, const ReconcilerRuntime& runtime,
                                   const Repair& repair);

// `repair`, which had begun, ended: opens or closes the breaker, with a record of that.
Result<void> count_end(StoreTx& store, const ReconcilerRuntime& runtime, const Repair& repair,
                       WallTime now);

// What was known under the scope `before` is known of `runtime` from now on: its reconciler
// protects something under another name than the last time. The one that is open counts.
Result<void> adopt_breaker(StoreTx& store, const ReconcilerRuntime& runtime,
                           const std::string& before);

// One that was opened while the clock was ahead is open from now on.
Result<void> bring_breaker_back(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now);

}  // namespace sideband
