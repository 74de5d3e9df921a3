// What one node of a store must do alone (pruning, expiring, signing checkpoints): the node that
// leads does it. The lead is a lease like that of a repair, in a row of the store.
#pragma once

#include "engine/runtime/context.h"

namespace sideband {

// Takes or renews the lead when it is free or ours; says whether it is ours. A change of hands is
// in the audit log. `mine` becomes the lease to act on, once the transaction is committed.
Result<bool> acquire_leader_lease(StoreTx& store, const EngineContext& context, HeldLease& mine,
                                  WallTime now);

// Lets the next node have it at once.
Result<void> release_leader_lease(StoreTx& store, const EngineContext& context);

}  // namespace sideband
