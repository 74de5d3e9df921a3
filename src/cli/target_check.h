// `check --targets`: asks each target what our credential may do there and what its tables are, and
// compares it with what the reconcilers need. Reads only; run it as the user that the daemon runs
// as.
#pragma once

#include <functional>
#include <iosfwd>

#include "cli/policy_check.h"
#include "cli/signal_check.h"
#include "cli/table_check.h"
#include "model/settings.h"
#include "ports/driver.h"

namespace sideband::cli {

using AskGrants = std::function<Result<GrantReport>(
    const TargetSettings&, const CollectionSettings&, Role, const GrantNeeds&)>;

// What a reconciler may have to do on its actual side, undo included: nothing in mode observe.
GrantNeeds grant_needs(const ReconcilerSettings& reconciler);

struct TargetQuestions {
  AskGrants grants;
  AskTables tables;
  AskSignal signals;
  AskPolicy policies;
};

struct TargetCheckOptions {
  WallTime now;  // readings are as old as this
  bool json = false;
  bool color = false;
};

// A table of grants, the signals and policies as they answer, then what does not fit of the tables
// at the targets, or with `json` the same as JSON; the summary goes to `err`. `sources` are what
// the settings were compiled from. Returns 0 where everything that is needed is there and nothing
// else, 1 where only more than that is there, 2 where tables do not fit or a policy is not defined,
// 7 where a target does not answer or does not tell, a signal has no reading, or a policy no
// answer, 8 where a grant is missing; the highest of these. Warnings change nothing of that.
int check_targets_command(const Settings& settings, const TargetQuestions& ask,
                          const policy::Compiled& sources, const TargetCheckOptions& options,
                          std::ostream& out, std::ostream& err);

}  // namespace sideband::cli
