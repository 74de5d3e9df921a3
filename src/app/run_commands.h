// `run-commands`: starts the commands of a daemon that runs as another user.
#pragma once

#include "cli/grammar/program.h"

namespace sideband {

// Serves until SIGTERM or SIGINT. Returns the exit code: 0 stopped, 2 no such user or another file
// at the socket's path, 6 another one listens there, 7 it cannot listen.
int run_commands(const cli::RunnerOptions& options);

}  // namespace sideband
