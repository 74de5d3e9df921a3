// `context`: daemons elsewhere, by name. Data goes to `out`, talk to `err`; each returns the exit
// code.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/contexts.h"

namespace sideband::cli {

// Paths are made absolute; files that are not there are refused, and so is a server that is no
// https address.
int context_add_command(const std::string& name, ServerContext context, std::ostream& out,
                        std::ostream& err);
// An empty name: back to the socket.
int context_use_command(const std::string& name, std::ostream& out, std::ostream& err);
int context_remove_command(const std::string& name, std::ostream& out, std::ostream& err);
int context_list_command(bool json, std::ostream& out, std::ostream& err);

}  // namespace sideband::cli
