// `check --targets`: asks each target what our credential may do there, and compares it with what
// the reconcilers need. Reads only; run it as the user that the daemon runs as.
#pragma once

#include <functional>
#include <iosfwd>

#include "model/settings.h"
#include "ports/driver.h"

namespace sideband::cli {

using AskGrants = std::function<Result<GrantReport>(
    const TargetSettings&, const CollectionSettings&, Role, const GrantNeeds&)>;

// What a reconciler may have to do on its actual side, undo included: nothing in mode observe.
GrantNeeds grant_needs(const ReconcilerSettings& reconciler);

// A table or, with `json`, the same as JSON; the summary goes to `err`. Returns 0 where everything
// that is needed is there and nothing else, 1 where only more than that is there, 7 where a target
// does not answer or does not tell, 8 where a grant is missing.
int check_targets_command(const Settings& settings, const AskGrants& ask, bool json,
                          std::ostream& out, std::ostream& err);

}  // namespace sideband::cli
