// `scan`: looks at this machine without configuration and says what is not as it should be. Never
// writes, never asks, sends nothing off the machine.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sideband::cli {

struct ScanArguments {
  std::string root = "/";
  std::string only;  // kinds with commas between them; empty = all
  std::string within = "21d";
  std::string timeout = "2s";
  std::string format = "table";
  bool color = false;
  bool progress = false;  // say on `err` who is still looking
};

// The kinds of findings with what each looks at, one a line: for the help.
std::string scan_kinds();

// 0 nothing found, 1 findings, 2 usage, 7 nothing could be looked at. Forks: call it while the
// process has one thread.
int scan_command(const ScanArguments& arguments, const Clock& clock, std::ostream& out,
                 std::ostream& err);

}  // namespace sideband::cli
