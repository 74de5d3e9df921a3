// `diff --files`: two documents, without any configuration.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace sideband::cli {

// `diff --files A B`: typed comparison of two YAML or JSON files (JSON when the name ends in
// .json). `ignore` and `sets` are JSON pointers where * matches every key or index. Nothing on
// `out` when they are equal.
int diff_files_command(const std::string& a, const std::string& b,
                       const std::vector<std::string>& ignore, const std::vector<std::string>& sets,
                       std::ostream& out, std::ostream& err, bool color);

}  // namespace sideband::cli
