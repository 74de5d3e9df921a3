#include "store/columns.h"
#include "store/enum_sql.h"
#include "store/sql_tx.h"

namespace sideband {

Result<std::vector<std::pair<std::string, Pause>>> SqlTx::pauses() {
  SB_TRY(kept_.pauses.write());
  return collect(db_, "SELECT reconciler, paused_by, reason, since FROM pauses ORDER BY reconciler",
                 {}, [](Columns& row) {
                   std::pair<std::string, Pause> out;
                   out.first = row.text();
                   out.second.by = row.text();
                   out.second.reason = row.text();
                   out.second.since = row.time();
                   return out;
                 });
}

Result<std::vector<Uuid>> SqlTx::active_undos(const std::string& reconciler) {
  return collect(db_,
                 "SELECT id FROM repairs /*undos*/ WHERE reconciler = $1 AND undo = 1 AND state "
                 "< " SB_SQL_TERMINAL " ORDER BY id",
                 {reconciler}, [](Columns& row) { return row.uuid(); });
}

Result<std::vector<Uuid>> SqlTx::undos_of_run(const Uuid& run) {
  return collect(db_, "SELECT undo FROM run_undos WHERE run = $1 ORDER BY undo", {run},
                 [](Columns& row) { return row.uuid(); });
}

Result<void> SqlTx::add_undo_of_run(const Uuid& run, const Uuid& undo) {
  return change(db_, "INSERT INTO run_undos (run, undo) VALUES ($1, $2)", {run, undo});
}

// Numbers in the space of advisory locks of the store's database.
#define SB_SWITCHES "7236835021949"
#define SB_SITE "7236835021950"

Result<void> SqlTx::lock_switches(SwitchLock how) {
  if (!db_.has_other_writers() || switches_ == how || switches_ == SwitchLock::kExclusive)
    return {};
  switches_ = how;
  // What was read before was not held.
  kept_.pauses.forget_unheld();
  kept_.cancels.forget_unheld();
  if (how == SwitchLock::kExclusive) {
    return change(db_, "SELECT pg_advisory_xact_lock(" SB_SWITCHES ")", {});
  }
  return change(db_, "SELECT pg_advisory_xact_lock_shared(" SB_SWITCHES ")", {});
}

Result<void> SqlTx::lock_site() {
  if (!db_.has_other_writers() || std::exchange(site_locked_, true)) return {};
  return change(db_, "SELECT pg_advisory_xact_lock(" SB_SITE ")", {});
}

Result<void> SqlTx::probe_write(const std::string& bytes) {
  SB_TRY(change(db_, "DELETE FROM write_probe", {}));
  return change(db_, "INSERT INTO write_probe (bytes) VALUES ($1)", {Param::blob(bytes)});
}

void SqlTx::forget_reads() {
  switches_.reset();
  site_locked_ = false;
  kept_.forget();
  heads_.clear();
  names_.clear();
  running_.clear();
  repairs_.clear();
  waiting_.clear();
  spaces_.clear();
  ahead_.clear();
}

}  // namespace sideband
