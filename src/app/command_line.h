// The command line's grammar: verbs, options, help with examples.
#pragma once

namespace sideband {

// Parses, runs the verb, and returns the exit code. Prints to stdout (data) and stderr (talk).
int run_command_line(int argc, char** argv);

}  // namespace sideband
