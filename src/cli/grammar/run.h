// The command line as a whole.
#pragma once

#include "cli/grammar/command_line.h"
#include "cli/grammar/program.h"

namespace sideband::cli {

void add_all_verbs(CommandLine& line);

// Parses, runs the verb, and returns the exit code. Prints to stdout (data) and stderr (talk).
int run_command_line(const Program& program, int argc, const char* const* argv);

}  // namespace sideband::cli
