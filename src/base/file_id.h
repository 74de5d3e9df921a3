// Which file it is, whatever its name: to notice that a path leads to another one by now.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace sideband {

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileId&) const = default;
};

enum class Links : std::uint8_t { kFollow, kItself };

// Of what lies at `path`, or of what a link there leads to. All zero where nothing does, or where
// that cannot be told.
FileId file_id(const std::string& path, Links links);

}  // namespace sideband
