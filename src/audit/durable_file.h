// Small files that are either the old one or the new one after a crash.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sideband {

// Replaces `path` by `content`, mode 0600: temporary file, fsync, rename, fsync of the folder.
// Durable when it returns; blocks on the disk. kStorage says which call failed.
Result<void> write_durably(const std::string& path, std::string_view content);

// The whole content; kNotFound when there is no such file, kStorage when it cannot be read.
Result<std::string> read_file(const std::string& path);

}  // namespace sideband
