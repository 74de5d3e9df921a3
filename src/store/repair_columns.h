// The columns of a repair, in the order that every statement over them uses.
#pragma once

#include "model/repair.h"
#include "store/columns.h"

namespace sideband {

#define SB_REPAIR_COLUMNS                                                                 \
  "id, plan, reconciler, state, undo, requester, released, attempt, next_step, position," \
  " token, lease_owner, lease_until, not_before, first_seen, created_at, started_at,"     \
  " ended_at, gate_wait_us, changed, already_there, refused, failed, note,"               \
  " refused_since"

Repair repair_from(Columns& row);

// Held by a worker: running, validating or compensating.
bool is_leased(RepairState state);

// When this repair may be claimed, on the clock that its state goes by: wall time of creation when
// queued, not_before when scheduled, lease_until when a worker holds it; else 0.
std::int64_t due(const Repair& repair);

}  // namespace sideband
