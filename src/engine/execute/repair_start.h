// What a repair of a reconciler takes when it begins: its lock, its place in the windows of
// changes, its first intent.
#pragma once

#include <string>

#include "engine/execute/steps.h"

namespace sideband {

// The range that the repair works on.
RangeLock lock_of(const RepairJob& job);

// It begins: counts its changes in their windows; where its breaker is half-open it is the probe.
Result<void> charge_gates(StoreTx& store, RepairJob& job, WallTime now);

// Small enough for the transaction that starts it; a larger one is read by its worker.
bool starts_inline(const RepairJob& job);
// The sentence for a plan whose changes are not those that were judged.
std::string other_changes(const Plan& plan);

// Writes the first intent of a job that starts inline, whose changes were read. Where the grant
// gave none, the worker asks again.
Result<void> open_first_step(StoreTx& store, EngineContext& context, RepairJob& job,
                             const std::string& salt, WallTime now);

// Starts a new repair in the very transaction that accepts it, with all that a claim would count,
// so that its intent needs no commit of its own. `job` holds repair, sealed plan and changes; the
// caller inserts job.repair afterwards. False: others come first, or it is too large to start in
// passing; nothing was written and the repair is to be queued.
Result<bool> start_at_once(StoreTx& store, EngineContext& context, RepairJob& job,
                           const std::string& salt, WallTime now);

}  // namespace sideband
