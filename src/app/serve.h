// `serve`: the daemon from start to clean stop.
#pragma once

#include "cli/grammar/program.h"

namespace sideband {

// Serves until SIGTERM or SIGINT (then stops cleanly); SIGHUP reloads the configuration. Returns
// the exit code: 0 stopped, 2 usage or configuration, 7 store not reachable, 9 the audit log
// forked.
int serve(const cli::ServeOptions& options);

}  // namespace sideband
