// The parser's grammar as the plain table that manual pages and completions are made from.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/command_table.h"

namespace sideband::cli {

// Everything of `app` and below it.
Command command_table(const CLI::App& app);

}  // namespace sideband::cli
