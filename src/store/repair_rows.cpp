#include "store/repair_rows.h"

#include <utility>

#include "store/enum_sql.h"
#include "store/repair_columns.h"

namespace sideband {
namespace {

const RowStatement kInsertRepair =
    RowStatement::insert(StoreTable::kRepairs, "due, " SB_REPAIR_COLUMNS);
const RowStatement kUpdateRepair = RowStatement::update(
    StoreTable::kRepairs, 23,
    "due = $1, state = $2, undo = $3, requester = $4, released = $5, attempt = $6, next_step = $7,"
    " position = $8, lease_owner = $9, lease_until = $10, not_before = $11, first_seen = $12,"
    " started_at = $13, ended_at = $14, gate_wait_us = $15, changed = $16, already_there = $17,"
    " refused = $18, failed = $19, note = $20, refused_since = $21",
    "id = $22 AND token = $23");

}  // namespace

Result<std::optional<Repair>> RepairRows::repair(const Uuid& id) {
  if (const auto known = repairs_.find(id); known != repairs_.end()) return known->second;
  const RowKey only{StoreTable::kRepairs, std::string(id.bytes())};
  SB_ASSIGN(auto found,
            find(db_, "SELECT " SB_REPAIR_COLUMNS " FROM repairs WHERE id = $1 /*lock*/", {id},
                 repair_from, &only));
  repairs_.emplace(id, found);
  return found;
}

Result<std::vector<Repair>> RepairRows::repairs(const RepairFilter& filter) {
  const int state = filter.state ? static_cast<int>(*filter.state) : -1;
  const bool active = filter.active_only || (filter.state && !is_terminal(*filter.state));
  if (active) {
    return collect(db_,
                   "SELECT " SB_REPAIR_COLUMNS
                   " FROM repairs /*active*/ WHERE state < " SB_SQL_TERMINAL
                   " AND ($1 = '' OR reconciler = $1) AND ($2 < 0 OR state = $2)"
                   " ORDER BY id DESC LIMIT $3",
                   {filter.reconciler, state, filter.limit}, repair_from);
  }
  if (filter.reconciler.empty()) {
    return collect(db_,
                   "SELECT " SB_REPAIR_COLUMNS
                   " FROM repairs WHERE ($1 < 0 OR state = $1)"
                   " ORDER BY id DESC LIMIT $2",
                   {state, filter.limit}, repair_from);
  }
  return collect(db_,
                 "SELECT " SB_REPAIR_COLUMNS
                 " FROM repairs WHERE reconciler = $1"
                 " AND ($2 < 0 OR state = $2) ORDER BY id DESC LIMIT $3",
                 {filter.reconciler, state, filter.limit}, repair_from);
}

Result<std::int64_t> RepairRows::count_repairs(const std::string& reconciler, RepairState state) {
  std::int64_t count = 0;
  const auto take = [&](const Row& row) { count = row.integer(0); };
  if (!is_terminal(state)) {
    SB_TRY(db_.query(
        "SELECT count(*) FROM repairs /*active*/ WHERE state = $1 AND state < " SB_SQL_TERMINAL
        " AND ($2 = '' OR reconciler = $2)",
        {static_cast<int>(state), reconciler}, take));
  } else if (reconciler.empty()) {
    SB_TRY(db_.query("SELECT count(*) FROM repairs WHERE state = $1", {static_cast<int>(state)},
                     take));
  } else {
    SB_TRY(db_.query("SELECT count(*) FROM repairs WHERE reconciler = $1 AND state = $2",
                     {reconciler, static_cast<int>(state)}, take));
  }
  return count;
}

// Other nodes count too: the head's row, locked until the end of this transaction, makes them take
// turns, so that what was counted stays true.
Result<bool> RepairRows::has_room(const std::string& reconciler, std::int64_t limit) {
  SB_TRY(heads_.head(reconciler));
  const auto known = running_.find(reconciler);
  if (known != running_.end() && known->second < limit) return true;
  SB_ASSIGN(const std::int64_t count, count_repairs(reconciler, RepairState::kRunning));
  running_[reconciler] = count;
  return count < limit;
}

Result<bool> RepairRows::has_waiting(const std::string& reconciler) {
  const auto known = waiting_.find(reconciler);
  if (known != waiting_.end()) return known->second;
  bool waits = false;
  const auto take = [&](const Row&) { waits = true; };
  SB_TRY(db_.query("SELECT 1 FROM repairs /*queued*/ WHERE state = " SB_SQL_QUEUED
                   " AND reconciler = $1"
                   " ORDER BY due, id LIMIT 1",
                   {reconciler}, take));
  if (!waits) {
    // In the order of the index, so that no statistics talk a planner out of it.
    SB_TRY(db_.query("SELECT 1 FROM repairs /*active*/ WHERE state = " SB_SQL_SCHEDULED
                     " AND state < " SB_SQL_TERMINAL
                     " AND reconciler = $1 ORDER BY due, id LIMIT 1",
                     {reconciler}, take));
  }
  waiting_[reconciler] = waits;
  return waits;
}

// From one name to the next in the index, over all rows between them.
Result<std::vector<std::string>> RepairRows::queued_reconcilers() {
  return collect(db_,
                 "WITH RECURSIVE queues (name) AS ("
                 " SELECT (SELECT reconciler FROM repairs /*queued*/ WHERE state = " SB_SQL_QUEUED
                 "  ORDER BY reconciler LIMIT 1)"
                 " UNION ALL"
                 " SELECT (SELECT reconciler FROM repairs /*queued*/ WHERE state = " SB_SQL_QUEUED
                 "  AND reconciler > queues.name ORDER BY reconciler LIMIT 1)"
                 " FROM queues WHERE queues.name IS NOT NULL)"
                 " SELECT name FROM queues WHERE name IS NOT NULL",
                 {}, [](Columns& row) { return row.text(); });
}

Result<std::vector<std::pair<std::string, std::int64_t>>> RepairRows::count_waiting() {
  return collect(db_,
                 "SELECT reconciler, count(*) FROM repairs /*active*/ WHERE state <= 2"
                 " AND state < " SB_SQL_TERMINAL " GROUP BY reconciler",
                 {}, [](Columns& row) {
                   std::string name = row.text();
                   return std::pair(std::move(name), row.integer());
                 });
}

// Keeps what has_room and has_waiting know true.
void RepairRows::note_state(const Repair& repair, bool fresh) {
  repairs_.erase(repair.id);
  if (repair.undo) undos_.erase(repair.reconciler);
  const bool waits =
      repair.state == RepairState::kQueued || repair.state == RepairState::kScheduled;
  if (waits) waiting_[repair.reconciler] = true;
  if (repair.state == RepairState::kQueued) queued_ = true;
  const auto running = running_.find(repair.reconciler);
  const bool more = fresh && repair.state == RepairState::kRunning;
  if (more && running != running_.end()) ++running->second;
}

Result<void> RepairRows::insert_repair(const Repair& repair) {
  note_state(repair, true);
  const std::string released = repair.released.text();
  return db_.post_row(kInsertRepair, repair.id.bytes(),
                      {due(repair),
                       repair.id,
                       repair.plan,
                       repair.reconciler,
                       static_cast<int>(repair.state),
                       repair.undo,
                       repair.requester,
                       released,
                       repair.attempt,
                       repair.next_step,
                       repair.position,
                       repair.token,
                       repair.lease_owner,
                       repair.lease_until,
                       repair.not_before,
                       repair.first_seen,
                       repair.created_at,
                       repair.started_at,
                       repair.ended_at,
                       repair.gate_wait_us,
                       repair.changed,
                       repair.already_there,
                       repair.refused,
                       repair.failed,
                       repair.note,
                       repair.refused_since});
}

Result<void> RepairRows::update_repair(const Repair& repair) {
  static const std::string kNobody;
  note_state(repair, false);
  const std::string released = repair.released.text();
  const bool leased = is_leased(repair.state);
  const auto missed = [id = repair.id, token = repair.token] {
    return Error::conflict("repair " + id.text() + " is no longer held with token " +
                           std::to_string(token) + "; a later claim took it over");
  };
  return db_.post_row(kUpdateRepair, repair.id.bytes(),
                      {due(repair),
                       static_cast<int>(repair.state),
                       repair.undo,
                       repair.requester,
                       released,
                       repair.attempt,
                       repair.next_step,
                       repair.position,
                       leased ? repair.lease_owner : kNobody,
                       leased ? repair.lease_until : 0,
                       repair.not_before,
                       repair.first_seen,
                       repair.started_at,
                       repair.ended_at,
                       repair.gate_wait_us,
                       repair.changed,
                       repair.already_there,
                       repair.refused,
                       repair.failed,
                       repair.note,
                       repair.refused_since,
                       repair.id,
                       repair.token},
                      missed);
}

Result<std::vector<Uuid>> RepairRows::active_undos(const std::string& reconciler) {
  if (const auto known = undos_.find(reconciler); known != undos_.end()) return known->second;
  SB_ASSIGN(auto found,
            collect(db_,
                    "SELECT id FROM repairs /*undos*/ WHERE reconciler = $1 AND undo = 1 AND state "
                    "< " SB_SQL_TERMINAL " ORDER BY id",
                    {reconciler}, [](Columns& row) { return row.uuid(); }));
  undos_.emplace(reconciler, found);
  return found;
}

// Heard by the other nodes after the commit (store/postgres/listener.h).
Result<void> RepairRows::tell_nodes() {
  if (!std::exchange(queued_, false) || !db_.has_other_writers()) return {};
  return db_.query("SELECT pg_notify('sideband_work', '')", {}, [](const Row&) {});
}

void RepairRows::forget_claimed() {
  running_.clear();
  undos_.clear();
  repairs_.clear();
}

void RepairRows::forget() {
  forget_claimed();
  waiting_.clear();
}

}  // namespace sideband
