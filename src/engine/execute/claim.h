// Claiming: which queued repairs may start now, with their gates counted again in the transaction
// that starts them (reliability property P-9).
#pragma once

#include <string>
#include <vector>

#include "engine/execute/fair_queue.h"
#include "engine/execute/steps.h"

namespace sideband {

// Small enough for the transaction that starts it; a larger one is read by its worker.
bool starts_inline(const RepairJob& job);
// The sentence for a plan whose changes are not those that were judged.
std::string other_changes(const Plan& plan);

struct ClaimReply {
  std::vector<RepairJob> jobs;
  std::vector<Repair> moved;  // set back or ended by the claim itself
  QueueReply queue;
  bool more = false;  // there may be more to claim
};

// Starts a new repair in the very transaction that accepts it, with all that a claim would count,
// so that its intent needs no commit of its own. `job` holds repair, sealed plan and changes; the
// caller inserts job.repair afterwards. False: others come first, or it is too large to start in
// passing; nothing was written and the repair is to be queued.
Result<bool> start_at_once(StoreTx& store, EngineContext& context, RepairJob& job,
                           const std::string& salt, WallTime now);

// Claims up to `limit` repairs and counts their gates again, in one transaction.
Result<ClaimReply> claim_jobs(StoreTx& store, EngineContext& context, const FindRuntime& runtimes,
                              std::int64_t limit, const std::vector<std::string>& salts,
                              WallTime now);

}  // namespace sideband
