// The store functions of a playbook's run: intent, outcome, rest. Each moves state and audit log
// together; each is small and re-runnable.
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
Result<std::string> playbook_pause(StoreReader& store, const PlaybookSettings& playbook);
// Why nothing is begun while the audit log is not signed; empty when it is.
std::string unsigned_log(const EngineContext& context);

Result<PlaybookStop> playbook_stop(StoreTx& store, const EngineContext& context,
                                   const PlaybookJob& job);

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

// The step of the playbook that a row is about.
inline const PlaybookStep& step_of(const PlaybookJob& job) {
  return job.run.playbook.steps.at(static_cast<std::size_t>(job.row.from));
}

}  // namespace sideband
