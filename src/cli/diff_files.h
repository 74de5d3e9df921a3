// `diff --files`: two documents, without any configuration.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "policy/document_diff.h"

namespace sideband::cli {

// `diff --files A B`: typed comparison of two YAML or JSON files (JSON when the name ends in
// .json). Pointers may have * for every key or index.
struct FilesToDiff {
  std::string a;
  std::string b;
  DiffOptions options;    // whose `keyed` lists count with `declared` only
  bool declared = false;  // only what `a` says counts
};
// Nothing on `out` when they are equal.
int diff_files_command(const FilesToDiff& files, std::ostream& out, std::ostream& err, bool color);

}  // namespace sideband::cli
