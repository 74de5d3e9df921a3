// Keeps a second process away from a state folder, and tells whether the last one stopped cleanly.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace sideband {

// Holds flock on FOLDER/lock, which contains our process id while we run. Not thread-safe.
class FolderLock {
 public:
  // kConflict when another process holds it; the message names its id.
  static Result<std::unique_ptr<FolderLock>> take(const std::string& folder);
  // Releases the lock; the file keeps the id unless released_cleanly was called.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // The last holder ended without saying goodbye.
  [[nodiscard]] bool was_unclean() const { return was_unclean_; }
  void released_cleanly();

 private:
  FolderLock(int file, bool was_unclean) : file_(file), was_unclean_(was_unclean) {}
  int file_;
  bool was_unclean_;
};

}  // namespace sideband
