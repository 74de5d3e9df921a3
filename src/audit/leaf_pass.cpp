#include "audit/leaf_pass.h"

#include <algorithm>

namespace sideband {

Result<bool> LeafPass::look(const CompactRange& signed_now) {
  if (!sound_ || (rests_until_ && clock_.mono() < *rests_until_)) return sound_;
  if (goal_.size() == 0) goal_ = signed_now;
  if (goal_.size() == 0) return true;
  SB_TRY(read_some());
  if (!sound_ || seen_.size() < goal_.size()) return sound_;
  sound_ = seen_.root() == goal_.root();
  rests_until_ = clock_.mono() + pace_.rest;
  goal_ = seen_ = CompactRange();
  return sound_;
}

Result<void> LeafPass::read_some() {
  const std::uint64_t before = seen_.size();
  const auto left = static_cast<std::int64_t>(goal_.size() - before);
  CompactRange seen;
  SB_TRY(store_.read([&](StoreReader& reader) -> Result<void> {
    seen = seen_;
    SB_ASSIGN(const auto leaves,
              reader.audit_leaves(static_cast<std::int64_t>(before), std::min(pace_.leaves, left)));
    for (const AuditLeaf& leaf : leaves) {
      if (leaf.index == static_cast<std::int64_t>(seen.size())) seen.append(leaf_hash(leaf.record));
    }
    return {};
  }));
  seen_ = std::move(seen);
  sound_ = seen_.size() > before;
  looked_ += static_cast<std::int64_t>(seen_.size() - before);
  return {};
}

}  // namespace sideband
