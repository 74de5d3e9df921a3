// The file of a unix socket: whose it is, and making room for ours.
#pragma once

#include <string>

#include "base/result.h"

namespace sideband {

// Nothing is at `path` when it returns. Only a socket that nobody serves is removed. kInvalid: the
// path is too long for a socket, or something else lies there. kConflict: somebody serves there.
Result<void> clear_socket_path(const std::string& path);

}  // namespace sideband
