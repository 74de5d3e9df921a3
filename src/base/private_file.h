// Files and folders that decide who may do what: tokens, keys, the state folder. Who else may write
// there could become anybody, so such a place is refused instead of believed.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"

namespace sideband {

struct PrivateFileRules {
  std::size_t most = 1U << 20U;  // bytes
  bool follow_links = true;
  std::optional<uid_t> owner = {};  // its owner must be this user, root or ourselves
};

// The whole content of a regular file that only its owner may read or write. `folder` is a
// descriptor as of openat. Never waits: a pipe or a device under that name is refused.
// kNotFound: there is none. kPermission: it is refused, or we may not read it; the message has the
// command that mends it. kInvalid: it is larger than `most`. kUnavailable: it cannot be read now,
// as when descriptors run out.
Result<std::string> read_private_file(int folder, const std::string& name,
                                      const PrivateFileRules& rules);

// kPermission: others than its owner may write into this folder. What is not there passes.
Result<void> check_private_folder(const std::string& path);

}  // namespace sideband
