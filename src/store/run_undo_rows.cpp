#include "store/run_undo_rows.h"

#include "store/columns.h"

namespace sideband {

Result<std::vector<Uuid>> RunUndoRows::undos_of_run(const Uuid& run) {
  return collect(db_, "SELECT undo FROM run_undos WHERE run = $1 ORDER BY undo", {run},
                 [](Columns& row) { return row.uuid(); });
}

Result<void> RunUndoRows::add_undo_of_run(const Uuid& run, const Uuid& undo) {
  return change(db_, "INSERT INTO run_undos (run, undo) VALUES ($1, $2)", {run, undo});
}

}  // namespace sideband
