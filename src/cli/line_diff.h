// Differences of two texts line by line, for showing. Longest common subsequence by dynamic
// programming (Hunt and McIlroy, 1976), which is enough for files that fit a screen.
#pragma once

#include <string>
#include <vector>

namespace sideband::cli {

// "- old line" and "+ new line" in order; common lines are left out. Texts above 2,000 lines are
// compared by position.
std::vector<std::string> line_diff(const std::string& before, const std::string& after);

}  // namespace sideband::cli
