// What is connected at the addresses of a reconciler's targets, against what was there last.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/context.h"
#include "engine/runtime/reconciler_runtime.h"

namespace sideband {

struct SeenTarget {
  std::string target;                      // its name
  std::string place;                       // its address (ReconcilerRuntime::places)
  std::optional<TargetIdentity> identity;  // nothing: it may not be asked
};

// Whether any side has an identity.
bool has_identities(const ReconcilerRuntime& runtime);
// Asks each side that has one; blocks.
Result<std::vector<SeenTarget>> ask_identities(const ReconcilerRuntime& runtime);

// Whether one of `seen` is another one than in `before`, or cannot be told to be the same.
bool is_another(const std::vector<SeenTarget>& before, const std::vector<SeenTarget>& seen);

// Whether one of `seen` holds many more or fewer items than in `kept`, or is not there.
bool sizes_moved(const std::vector<SeenTarget>& kept, const std::vector<SeenTarget>& seen);

struct ChangedTarget {
  std::string target;
  KnownTarget now;
};

// Keeps what was seen, with a record in the audit log for each that is another one than was kept:
// those are answered. What reconcilers share is told by the first that sees it.
Result<std::vector<ChangedTarget>> keep_identities(StoreTx& store, const ReconcilerRuntime& runtime,
                                                   const std::vector<SeenTarget>& seen,
                                                   WallTime now);

// Both of these, in a transaction of its own; blocks on the store.
Result<void> keep_seen_targets(EngineContext& context, const ReconcilerRuntime& runtime,
                               const std::vector<SeenTarget>& seen);

// One line of the log and one count for each; after the commit that made them true.
void tell_changed_targets(EngineContext& context, const ReconcilerRuntime& runtime,
                          const std::vector<ChangedTarget>& changed);

}  // namespace sideband
