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

Result<std::vector<Silence>> KeptRows::all_silences() {
  if (listed_silences_) return *listed_silences_;
  SB_TRY(silences.write());
  SB_ASSIGN(listed_silences_,
            collect(db_, "SELECT state FROM silences ORDER BY id", {}, SilenceTable::row_from));
  return *listed_silences_;
}

Result<std::vector<std::pair<NoticeKey, Notice>>> KeptRows::all_notices() {
  SB_TRY(notices.write());
  return collect(db_, "SELECT channel, reconciler, state FROM notices ORDER BY channel, reconciler",
                 {}, [](Columns& row) {
                   NoticeKey key;
                   key.channel = row.text();
                   key.reconciler = row.text();
                   return std::pair(std::move(key), NoticeTable::row_from(row));
                 });
}

}  // namespace sideband
