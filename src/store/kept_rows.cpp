#include "store/kept_rows.h"

#include "store/columns.h"

namespace sideband {

Result<std::vector<std::pair<std::string, Pause>>> KeptRows::all_pauses() {
  SB_TRY(pauses.write());
  return collect(db_, "SELECT reconciler, paused_by, reason, since FROM pauses ORDER BY reconciler",
                 {}, [](Columns& row) {
                   std::string reconciler = row.text();
                   return std::pair(std::move(reconciler), PauseTable::row_from(row));
                 });
}

}  // namespace sideband
