// The entries of one folder.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sideband {

struct FolderEntry {
  std::string name;
  bool folder = false;  // a real one: a link to a folder is none
};

// All entries but `.`, `..` and our temporary files, in no order. `folder` is an open folder whose
// position is left alone; `path` is for messages. A listing that fails midway is an error.
Result<std::vector<FolderEntry>> list_folder(int folder, const std::string& path);

}  // namespace sideband
