// A slow pass over all leaves that were signed: whether the store still has what it had.
//
// Signing looks at new leaves only, so that an old one could be edited unseen until somebody
// verifies an export. A pass reads them all, a few at a time, and compares their tree with the one
// that was signed when it began. Then it rests.
#pragma once

#include <optional>

#include "base/clock.h"
#include "merkle/compact_range.h"
#include "ports/store.h"

namespace sideband {

struct LeafPassPace {
  std::int64_t leaves = 200;  // at once
  Duration rest = std::chrono::hours(1);
};

// Used by one thread.
class LeafPass {
 public:
  // `store` and `clock` must outlive it.
  LeafPass(Store& store, const Clock& clock, LeafPassPace pace)
      : store_(store), clock_(clock), pace_(pace) {}

  // Looks at the next few leaves; `signed_now`: the tree under the last signature. False once they
  // are not those that were signed, or one is missing; then for ever. Blocks.
  Result<bool> look(const CompactRange& signed_now);
  // Leaves that were looked at, of all passes.
  [[nodiscard]] std::int64_t looked() const { return looked_; }

 private:
  Result<void> read_some();

  Store& store_;
  const Clock& clock_;
  const LeafPassPace pace_;
  CompactRange goal_;  // of this pass; without leaves between two
  CompactRange seen_;
  bool sound_ = true;
  std::int64_t looked_ = 0;
  std::optional<MonoTime> rests_until_;
};

}  // namespace sideband
