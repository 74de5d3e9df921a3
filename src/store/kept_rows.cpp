#include "store/kept_rows.h"

#include "store/columns.h"

namespace sideband {

Result<std::vector<std::pair<std::string, Pause>>> KeptRows::all_pauses() {
  SB_TRY(pauses.write());
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

}  // namespace sideband
