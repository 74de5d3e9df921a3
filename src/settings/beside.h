// Configuration that lies beside what is read: it would silently not hold. Blocks.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sideband::policy {

// The *.yaml and *.yml files right in `folder`, sorted by name; hidden ones left out.
std::vector<std::string> yaml_files(const std::string& folder);

// kInvalid, with the file and the ways out: `path` is a folder with a sideband.yaml and another
// file of it holds a document of ours; or `path` is a file and one beside it holds Guardrails, and
// is not among `also_read` (files or folders).
Result<void> check_beside(const std::string& path, const std::vector<std::string>& also_read);

}  // namespace sideband::policy
