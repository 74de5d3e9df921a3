// The store functions of a playbook's run: claim, intent, outcome, rest. Each moves state and audit
// log together; each is small and re-runnable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/execute/steps.h"
#include "engine/playbook/playbook_actions.h"
#include "engine/runtime/context.h"
#include "policy/playbook_progress.h"
#include "ports/store.h"

namespace sideband {

// A claimed run with everything that it goes on from.
struct PlaybookJob {
  Repair repair;
  Plan plan;
  Uuid source = {};  // the run whose steps and changes these are: that of `plan`, or what it undoes
  PlaybookRun run;
  std::vector<Step> rows;
  Step row;  // the step at work: an intent
  HeldLease lease;
};

// Reads the run that a plan pins, and its steps.
Result<PlaybookRun> read_run(StoreReader& store, const Uuid& plan);
// Of an error of read_run: there is none, whatever is tried. Else the store failed, and with it the
// transaction.
bool run_is_gone(const Error& error);
Result<void> load_job(StoreReader& store, PlaybookJob& job);

// Whether a claimed run may go on. On its first claim it takes the locks of all its targets, or
// none: each in the way of every other repair on that target. It then also counts its steps in the
// site's maxChanges, and waits where these are too many.
struct PlaybookAdmission {
  bool broken = false;  // it can never run
  std::string held;     // why it is to wait; empty = it may run
};
Result<PlaybookAdmission> admit_playbook(StoreTx& store, Repair& repair,
                                         const std::optional<GuardrailSettings>& guardrails,
                                         WallTime now);

// Whether the way of its steps is back: it compensates, or it undoes another run.
inline bool goes_back(const Repair& repair) {
  return repair.undo || repair.state == RepairState::kCompensating;
}

// Why no further step may begin: cancelled, or paused, which holds no way back. What compensates
// goes on to its end.
struct PlaybookStop {
  bool cancelled = false;
  std::string why;  // empty = go on
};
// Why a playbook is paused, with what resumes it; empty when it is not.
Result<std::string> playbook_pause(StoreReader& store, const std::string& scope);

Result<PlaybookStop> playbook_stop(StoreTx& store, const Repair& repair);

// Writes the intent of job.row, which must be filled in but for seq, token and lease. `change`:
// what a step with change is going to do, kept as a chunk of its own, so that it is durable before
// the act.
Result<void> begin_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                                 const std::optional<Change>& change, WallTime now);
// Repeats the intent under this claim's token.
Result<void> resume_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                                  WallTime now);
// Writes outcome and output of job.row. `actor` is who did it: "sideband", or a person.
Result<void> end_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                               const PlaybookAnswer& answer, const std::string& actor,
                               WallTime now);
// The step is tried again at repair.not_before; `known`: it failed and did nothing, so that there
// is nothing to look at first.
Result<void> rest_playbook_step(StoreTx& store, const EngineContext& context, PlaybookJob& job,
                                const std::string& why, bool known, WallTime now);

// Gives the step that was begun, if any, this outcome by `actor`, in `repair` too: for a run that
// ends without its worker.
Result<void> close_open_step(StoreTx& store, const EngineContext& context, Repair& repair,
                             const Plan& plan, const ChangeOutcome& outcome,
                             const std::string& actor, WallTime now);

// The step of the playbook that a row is about.
inline const PlaybookStep& step_of(const PlaybookJob& job) {
  return job.run.playbook.steps.at(static_cast<std::size_t>(job.row.from));
}

}  // namespace sideband
