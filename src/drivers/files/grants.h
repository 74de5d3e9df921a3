// What this process may do with the files of a collection.
#pragma once

#include <string>

#include "drivers/files/glob.h"
#include "drivers/files/observed.h"
#include "ports/grants.h"

namespace sideband {

// Walks up to 10,000 files; at most a few paths of each kind are named. `observed` is what is
// declared of each file, which may need a right of its own. Blocks on the disk.
Result<GrantReport> files_grants(const std::string& root, const GlobSet& globs,
                                 const GrantNeeds& needs, const ObservedAttributes& observed = {});

}  // namespace sideband
