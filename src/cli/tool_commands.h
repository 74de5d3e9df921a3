// `sideband tool`: what the product does to texts, for scripts and tests. Each reads `in` to its
// end, writes data to `out` and talk to `err`, and returns the exit code: 0 or 2.
#pragma once

#include <iosfwd>

namespace sideband::cli {

// JSON in the canonical form of RFC 8785, without a line break behind it.
int tool_canon_command(std::istream& in, std::ostream& out, std::ostream& err);

// A configuration text as JSON, each document on a line: read as the daemon reads it, so that what
// it refuses is refused here, and plain scalars by the core schema of YAML 1.2.2.
int tool_yaml_command(std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace sideband::cli
