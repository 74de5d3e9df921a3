// Whole files that somebody names, with an end: a folder, or one that never ends, is an error.
#pragma once

#include <string>

#include "base/result.h"

namespace sideband {

// The content of a file of at most `most` bytes; pipes are read as far. Blocks. kNotFound: there is
// none; kInvalid: a folder, or larger, which is known before it is read where it is a regular file;
// kPermission, kUnavailable: it cannot be read.
Result<std::string> read_bounded_file(const std::string& path, std::size_t most);

// The same of a regular file; kInvalid for anything else, at once: a pipe would wait for its
// writer.
Result<std::string> read_regular_file(const std::string& path, std::size_t most);

// The rest of an open file, by the same rules. `name` is for messages.
Result<std::string> read_up_to(int file, const std::string& name, std::size_t most);

}  // namespace sideband
