// What this process may do with a path, as the kernel tells it: faccessat(2) with our effective ids
// and capabilities, read-only mounts included.
#pragma once

#include <string>

#include "base/result.h"
#include "ports/grants.h"

namespace sideband {

// "uid 998 (sideband)".
std::string own_identity();

// The text as one word of a shell.
std::string shell_word(const std::string& text);

// Adds "`verb` PATH" to the report. `mode` is R_OK, W_OK or X_OK, or several. A path that is not
// there is an error with Retry::kAfter, as for opening it.
Result<void> add_access(GrantReport& report, const std::string& verb, const std::string& path,
                        int mode, bool needed);

// What to run so that we get, or no longer have, these rights ("rX", "rwX") on everything below.
std::string give_access(const std::string& path, const std::string& rights);

}  // namespace sideband
