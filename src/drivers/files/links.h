// Links that stay below the root, followed where a side is only read: as Kubernetes mounts a
// ConfigMap, whose files are links through a link that an update exchanges.
#pragma once

#include <cstdint>
#include <string>

#include "drivers/files/content.h"

namespace sideband {

enum class Links : std::uint8_t { kLeave, kFollow };

// Links of one path that are followed to folders; one that is reached by more is no item.
inline constexpr int kMaxFolderLinks = 8;

bool is_link(int folder, const std::string& name);

// The folder that `path` leads to, by links too, as long as each stays below the open folder `root`
// (openat2(2), RESOLVE_BENEATH, since Linux 5.6). kConflict where it leads elsewhere or is none.
Result<Fd> open_linked_folder(int root, const std::string& path);

// As view_file, of the file that `key` leads to from the root. Unknown, with the reason, where a
// link leads out of the root or nowhere, or the kernel cannot tell.
FileView view_linked(int root, const std::string& key, std::int64_t max_size,
                     const ObservedAttributes& observed);

}  // namespace sideband
