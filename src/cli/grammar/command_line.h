// The command line's grammar: verbs, options, help with examples.
#pragma once

#include "cli/grammar/program.h"

namespace sideband::cli {

// Parses, runs the verb, and returns the exit code. Prints to stdout (data) and stderr (talk).
int run_command_line(const Program& program, int argc, const char* const* argv);

}  // namespace sideband::cli
