// Claiming: which queued repairs may start now, with their gates counted again in the transaction
// that starts them (reliability property P-9).
#pragma once

#include <string>
#include <vector>

#include "engine/execute/claim_table.h"
#include "engine/execute/fair_queue.h"
#include "engine/execute/job_handler.h"
#include "engine/execute/running_counts.h"
#include "engine/execute/steps.h"

namespace sideband {

struct ClaimReply {
  std::vector<RepairJob> jobs;
  std::vector<Repair> moved;    // set back or ended by the claim itself
  std::vector<RepairJob> asks;  // of these, those that wait for the answer of a policy alone
  QueueReply queue;
  bool more = false;  // there may be more to claim
};

// Takes jobs that the store gave us through the table of claim_table.h. For one transaction.
class Claimer {
 public:
  // `asked`: before the claim, from when on its leases count.
  Claimer(StoreTx& store, EngineContext& context, WallTime now, MonoTime asked);

  // What may go on, and what was moved, is added to reply(). `salts` from the one numbered `first`
  // on, one for each.
  Result<void> take_all(const std::vector<Repair>& claimed, const std::vector<std::string>& salts,
                        std::size_t first);
  [[nodiscard]] ClaimReply& reply() { return reply_; }

 private:
  Result<void> take(Repair repair, const std::string& salt);
  Result<ClaimAnswer> examine(const JobHandler& handler, RepairJob& job);
  Result<ClaimAnswer> ask(ClaimQuestion question, const JobHandler& handler, RepairJob& job);
  Result<void> note_crash(const JobHandler& handler, RepairJob& job);
  Result<void> note_cancel(RepairJob& job);
  Result<void> begin(const JobHandler& handler, RepairJob& job, const std::string& salt);
  Result<void> hold(Repair& repair, const std::string& why);
  Result<void> end(Repair& repair, RepairState to, const std::string& why);

  StoreTx& store_;
  EngineContext& context_;
  const WallTime now_;
  const MonoTime asked_;
  RunningCounts counts_;
  ClaimReply reply_;
};

// Claims up to `limit` repairs and counts their gates again, in one transaction. `salts`: one for
// each of them.
Result<ClaimReply> claim_jobs(StoreTx& store, EngineContext& context, std::int64_t limit,
                              const std::vector<std::string>& salts, WallTime now);

// A killed process leaves leases behind: those of `node` end now. Only for a store of its own,
// where nobody else can hold them.
Result<void> void_leases(StoreTx& store, const std::string& node);

}  // namespace sideband
