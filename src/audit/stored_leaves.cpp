#include "audit/stored_leaves.h"

#include <algorithm>

namespace sideband {

static constexpr std::int64_t kLeavesAtOnce = 1000;

Result<CheckpointRow> last_checkpoint(Store& store) {
  std::optional<CheckpointRow> last;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(last, reader.last_checkpoint());
    return {};
  }));
  if (!last) {
    return Error::not_found(
        "no checkpoint is signed yet: nothing is in the audit log, or the daemon's log says why");
  }
  return std::move(*last);
}

Result<void> for_each_leaf(Store& store, std::int64_t to,
                           const std::function<Result<void>(const AuditLeaf&)>& each) {
  for (std::int64_t next = 0; next < to;) {
    std::vector<AuditLeaf> page;
    SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(page, reader.audit_leaves(next, std::min(kLeavesAtOnce, to - next)));
      return {};
    }));
    for (const AuditLeaf& leaf : page) {
      if (leaf.index != next) break;
      SB_TRY(each(leaf));
      ++next;
    }
    if (page.empty() || page.back().index != next - 1) {
      return Error::corrupt("audit leaf " + std::to_string(next) + " is missing in the store");
    }
  }
  return {};
}

}  // namespace sideband
