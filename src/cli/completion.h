// Completions for shells, made from the command table. Names of reconcilers and repairs are asked
// of the daemon when there is one.
#pragma once

#include <string>

#include "cli/command_table.h"

namespace sideband::cli {

// The script for "bash", "zsh" or "fish"; empty for another shell.
std::string completion_script(const Command& all, const std::string& shell);

}  // namespace sideband::cli
