// The leaves of the store's audit log, and the last checkpoint over them.
#pragma once

#include <functional>

#include "ports/store.h"

namespace sideband {

// kNotFound when nothing was signed yet.
Result<CheckpointRow> last_checkpoint(Store& store);

// Calls `each` for the leaves before `to`, in short reads, until it fails. kCorrupt when one is
// missing. Blocks.
Result<void> for_each_leaf(Store& store, std::int64_t to,
                           const std::function<Result<void>(const AuditLeaf&)>& each);

}  // namespace sideband
