#include "store/repair_columns.h"

namespace sideband {

Repair repair_from(Columns& row) {
  Repair repair;
  repair.id = row.uuid();
  repair.plan = row.uuid();
  repair.reconciler = row.text();
  repair.state = row.choice(RepairState::kSuperseded);
  repair.undo = row.flag();
  repair.requester = row.text();
  auto released = GateSet::parse(row.text());
  if (!released.ok()) row.damage();
  if (released.ok()) repair.released = *released;
  repair.attempt = row.integer();
  repair.next_step = row.integer();
  repair.position = row.integer();
  repair.token = static_cast<std::uint64_t>(row.integer());
  repair.lease_owner = row.text();
  repair.lease_until = row.integer();
  repair.not_before = row.time();
  repair.first_seen = row.time();
  repair.created_at = row.time();
  repair.started_at = row.time();
  repair.ended_at = row.time();
  repair.gate_wait_us = row.integer();
  repair.changed = row.integer();
  repair.already_there = row.integer();
  repair.refused = row.integer();
  repair.failed = row.integer();
  repair.note = row.text();
  repair.refused_since = row.time();
  return repair;
}

bool is_leased(RepairState state) {
  return state == RepairState::kRunning || state == RepairState::kValidating ||
         state == RepairState::kCompensating;
}

std::int64_t due(const Repair& repair) {
  if (repair.state == RepairState::kQueued) return to_us(repair.created_at);
  if (repair.state == RepairState::kScheduled) return to_us(repair.not_before);
  return is_leased(repair.state) ? repair.lease_until : 0;
}

}  // namespace sideband
