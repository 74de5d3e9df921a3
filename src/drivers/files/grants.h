// What this process may do with the files of a collection.
#pragma once

#include <string>

#include "drivers/files/glob.h"
#include "ports/grants.h"

namespace sideband {

// Walks up to 10,000 files; at most a few paths of each kind are named. Blocks on the disk.
Result<GrantReport> files_grants(const std::string& root, const GlobSet& globs,
                                 const GrantNeeds& needs);

}  // namespace sideband
