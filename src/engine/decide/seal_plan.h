// Turns what a scan found into a sealed plan with its decision: the store functions of planning.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/commands/request_key.h"
#include "engine/decide/open_drifts.h"
#include "engine/execute/steps.h"
#include "engine/runtime/context.h"
#include "engine/runtime/reconciler_runtime.h"
#include "policy/decide.h"
#include "ports/plan_hash.h"
#include "ports/store.h"

namespace sideband {

inline constexpr std::size_t kChunkChanges = 1000;
inline constexpr std::size_t kChunkBytes = 1 << 20;

struct SealRequest {
  Plan plan;  // counts, hash input and range so far, chunks written so far
  PlanHasher hasher;
  bool drafted = false;      // the store has a row of `plan` already
  std::vector<Change> rest;  // candidates not yet written as a chunk
  std::int64_t scan = 0;
  // Items of the desired side behind the reads, of a look at keys that found something to delete.
  Fact<std::int64_t> fresh_count = Fact<std::int64_t>::unknown("the desired side was not counted");
  std::int64_t missing = 0;  // candidates that would be created, also those that are held back
  std::int64_t surplus = 0;  // and those that would be deleted
  bool finds_extras = true;  // whether `extras` says anything
  std::int64_t extras = 0;
  std::int64_t unknown = 0;
  std::string first_unknown;
  HeldBack held;  // of the chunks before
  WallTime first_seen = WallTime::max();
  std::string requester;
  GateSet released;
  RequestKey request = {};      // the repair is its job
  bool undo = false;            // the plan takes another repair back
  PolicyAnswers policies = {};  // about the plan as it is without `rest`
  Uuid decision;                // id for the decision, should one be recorded
  std::string salt;             // for the step of a repair that starts at once; empty: it is queued

  // Whether somebody asks for these very resources.
  [[nodiscard]] bool by_person() const { return !plan.whole && requester != kLoopIdentity; }
};

struct SealReply {
  bool planned = false;   // there was something to decide about
  bool repeated = false;  // the same plan was held by the same gates before
  std::int64_t open = 0;  // what differs, also what is under repair, rests or is only suspect
  std::optional<WallTime> ripe_at;  // when the first of what rests or is suspect may be planned
  std::int64_t was_open = 0;        // by the last whole scan
  LoggedKeys fresh;                 // of the last chunk: those that did not differ before
  LoggedKeys flapping;              // of the last chunk: those that are left alone from now on
  Plan plan;
  Decision decision;
  bool has_repair = false;
  Repair repair;
  std::optional<RepairJob> job;  // that repair was started too: for a worker
};

// What the gates are going to be asked about, as the store knows it now: for whoever has to ask
// others first. `request` has no `rest` any more.
Result<Facts> facts_to_seal(StoreReader& store, const EngineContext& context,
                            const ReconcilerRuntime& runtime, const SealRequest& request,
                            WallTime now);

// Seals the plan, decides, and stores plan, decision, repair and audit record together. With no
// changes it only updates the head. The clock is read by the caller, so that the function can
// re-run. A small repair that nothing stands in the way of is started in the same transaction.
// kConflict, and nothing is written: a reload replaced `runtime` since the look began.
Result<SealReply> seal_plan(StoreTx& store, EngineContext& context,
                            const ReconcilerRuntimePtr& runtime, SealRequest request, WallTime now);

// What a failed pass leaves behind. A plan that was sealed after all, though the answer got lost,
// stays: it may have its repair.
Result<void> drop_draft(StoreTx& store, const Uuid& plan);

// Adds changes to counts, hash and range. `leaves` are what the hasher takes of each of them.
void count_changes(const std::vector<Change>& changes, const std::vector<Digest>& leaves,
                   Plan& plan, PlanHasher& hasher);
void count_changes(const std::vector<Change>& changes, Plan& plan, PlanHasher& hasher);

}  // namespace sideband
