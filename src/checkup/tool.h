// Runs a program of this machine that only reads, with a deadline and a bound on what it may say.
#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace sideband::scan {

struct ToolOutput {
  int code = -1;  // exit code; -1 = ended by a signal
  std::string out;
  std::string err;  // its first lines
};

// Where the program is, in the folders of the system only: PATH may be anybody's. Empty = not
// installed.
std::string find_tool(const std::string& name);

// Blocks. kNotFound: not installed; kTimeout: killed at the deadline; kInvalid: it said more than
// `most` bytes. The program gets no input and a plain environment.
Result<ToolOutput> run_tool(const std::vector<std::string>& argv, const Deadline& deadline,
                            std::size_t most = std::size_t{16} << 20);

}  // namespace sideband::scan
