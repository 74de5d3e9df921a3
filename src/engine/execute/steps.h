// The store functions of a repair: intent, outcome, release. Each moves state and audit log
// together; each is small and re-runnable.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/decide/gather_facts.h"
#include "engine/execute/hook_step.h"
#include "engine/execute/step_execution.h"
#include "engine/runtime/context.h"
#include "engine/runtime/reconciler_runtime.h"
#include "model/playbook.h"
#include "ports/store.h"

namespace sideband {

// The changes of one chunk, shared by the copies of a job that its re-runnable functions make.
using Chunk = std::shared_ptr<const std::vector<Change>>;
inline Chunk make_chunk(std::vector<Change> changes) {
  return std::make_shared<const std::vector<Change>>(std::move(changes));
}

// A claimed repair with what its worker needs to go on. Of a run of a playbook its worker reads the
// steps itself.
struct RepairJob {
  Repair repair;
  Plan plan;
  ReconcilerRuntimePtr runtime;            // null of a run
  std::shared_ptr<const PlaybookRun> run;  // null of a repair of a reconciler
  std::int64_t chunk = 0;                  // chunk at work
  std::int64_t offset = 0;                 // first change of it without an outcome
  bool loaded = false;                     // `changes` holds that chunk
  Chunk changes = make_chunk({});
  std::optional<Step> step;  // intent that waits for its outcome
  bool resumed = false;      // that intent is an earlier claim's
  std::string cancelled;     // by whom and why: the intent is looked at, nothing is done any more
  std::string poisoned;      // how often its worker died: the target is not called any more
  std::string broken;        // its changes are not those that were judged: it must not begin
  std::int64_t probe_changes = 0;  // of a probe: see policy/breaker.h; 0: it is none
  bool fresh = false;              // started just now, its switches were looked at
  HeldLease lease;                 // as of what the store holds of `repair`
};

// The job as what gates are asked about.
Subject subject_of(const EngineContext& context, const RepairJob& job, Phase phase);

// What begin_step found.
struct StepGrant {
  enum class Kind : std::uint8_t { kGo, kWait, kGiveBack, kCancel, kRollBack };
  Kind kind = Kind::kGo;
  Duration wait{0};
  std::string why;
};

// Writes the intent of the next step of `job` (at most to position `cohort_end`), with its audit
// leaf, and renews the lease. kWait: no rate tokens; kGiveBack: a gate
// refuses; kCancel: a person said so; kRollBack: a gate says that what was done is taken back.
Result<StepGrant> begin_step(StoreTx& store, EngineContext& context, RepairJob& job,
                             std::int64_t cohort_end, const std::string& salt, WallTime now);
// The same without writing the repair's row, which the caller does.
Result<StepGrant> open_step(StoreTx& store, EngineContext& context, RepairJob& job,
                            std::int64_t cohort_end, const std::string& salt, WallTime now);

// Repeats the intent under the new token, before looking what the old one did.
Result<void> resume_step(StoreTx& store, EngineContext& context, RepairJob& job, WallTime now);

// Writes the outcomes of job.step with their audit leaf, and moves the position behind the step.
// `slice` are the step's changes.
Result<void> end_step(StoreTx& store, EngineContext& context, RepairJob& job,
                      const std::vector<Change>& slice, const std::vector<ChangeOutcome>& outcomes,
                      WallTime now);

// Writes the intent of a hook, with its audit leaf, and takes a lease long enough for a call of
// that length. Grants as begin_step does, but never kWait.
struct HookIntent {
  HookKind kind = HookKind::kBefore;
  Duration call{0};
  std::string salt;
};
Result<StepGrant> begin_hook(StoreTx& store, EngineContext& context, RepairJob& job,
                             const HookIntent& intent, WallTime now);
// Writes what the hook came to, with its audit leaf, and ends its step.
Result<void> end_hook(StoreTx& store, EngineContext& context, RepairJob& job,
                      const HookReport& report, WallTime now);

// The step that has an intent and no outcome, if there is one, ends with this outcome of each
// change.
Result<void> close_unlooked(StoreTx& store, EngineContext& context, RepairJob& job,
                            const ChangeOutcome& outcome, WallTime now);

// Adds them to the repair's figures.
void count_outcomes(const std::vector<ChangeOutcome>& outcomes, Repair& repair);

// What end_step writes, made without the store, so that the hashing need not be done while others
// wait for the writer. `root` is the step_root of its changes. Moves `job` behind its step.
struct StepEnd {
  Step step;
  std::string record;
};
StepEnd step_end(const EngineContext& context, RepairJob& job, const Digest& root,
                 const std::vector<ChangeOutcome>& outcomes, WallTime now);

// Moves the repair to `to` with a note and an audit leaf; stops the process on a move that the
// table does not know. Terminal states end the lease and free the range lock.
Result<void> move_repair(StoreTx& store, Repair& repair, RepairState to, const std::string& note,
                         const std::string& actor, WallTime now);

// The record of such a move, made without the store; sets state, note and end in `repair`.
std::string make_move(Repair& repair, RepairState to, const std::string& note,
                      const std::string& actor, WallTime now);
// Where its cohorts end; the first one of a probe is small.
std::vector<std::int64_t> cohorts_of(const RepairJob& job);

// Writes a move into a terminal state: the repair's row, its lock, its record.
Result<void> write_end(StoreTx& store, const Repair& repair, const std::string& record);
// The same of a repair of a reconciler that had begun: its circuit breaker counts it.
Result<void> write_counted_end(StoreTx& store, const RepairJob& job, const std::string& record,
                               WallTime now);

// What becomes of drifts when their repair ends.
enum class DriftDisposition : std::uint8_t {
  kClosed,    // converged: erased
  kReopen,    // open again, for the next scan
  kRefused,   // the same, the second time in a row only after a rest that grows each time
  kCoolDown,  // not converged: rests for the cooldown, longer with each attempt
};
Result<void> release_drifts(StoreTx& store, const ReconcilerRuntime& runtime,
                            const std::vector<std::string>& keys, DriftDisposition disposition,
                            WallTime now);

// How long any resource of a reconciler with this cooldown rests at most.
Duration longest_rest(Duration cooldown);

// How drifts of a repair that converged at `now` rest; the same as release_drifts does it.
GrowingRest rest_after_repair(Duration cooldown, WallTime now);

}  // namespace sideband
