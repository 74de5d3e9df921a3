// What is true of a reconciler now, as people read it.
#pragma once

#include <string>

#include "cli/remote_context.h"

namespace sideband::cli {

// Status with reasons, the gates that refuse, the desired side, figures, the last good look.
void print_status(RemoteContext& context, const Document& reconciler);

// Nothing is compared now: it cannot be looked at, or never was.
bool is_unseen(const Document& reconciler);

// "  name         value", where there is a value.
void print_line(std::ostream& out, const char* name, const std::string& value);

}  // namespace sideband::cli
