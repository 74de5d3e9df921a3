// The file of a unix socket: whose it is, and making room for ours.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace sideband {

// Which file, whatever its name.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};

// Nothing is at `path` when it returns. Only a socket that nobody serves is removed. kInvalid: the
// path is too long for a socket, or something else lies there. kConflict: somebody serves there.
Result<void> clear_socket_path(const std::string& path);

// Of what lies at `path`; all zero when nothing does.
FileId file_id(const std::string& path);

}  // namespace sideband
