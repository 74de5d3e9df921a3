// Folders below a root, found by patterns: those that hold copies of the same files.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "ports/collection.h"

namespace sideband {

// Thread-safe. Remembers on which file system a folder was first seen, because a folder whose
// volume was unmounted is still there, and empty.
class Folders {
 public:
  // Collection::folders below the open folder `root`. Blocks on the disk. kInvalid for a pattern
  // that is none; an error for a folder that cannot be listed.
  Result<std::vector<Folder>> find(int root, const std::vector<std::string>& patterns,
                                   const Deadline& deadline) SB_EXCLUDES(mutex_);

  // Whether one that was found lies on another file system now. Blocks on the disk.
  [[nodiscard]] bool replaced(int root) const SB_EXCLUDES(mutex_);

 private:
  // Nothing where what is below that folder may be believed.
  Result<void> look_at(int root, const std::string& path) SB_EXCLUDES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, dev_t> devices_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
