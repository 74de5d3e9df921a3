#include "store/kept_tables.h"

namespace sideband {
namespace {

template <class... Tables>
bool is_name_of(std::string_view table) {
  return ((table == table_name(Tables::kTable)) || ...);
}

}  // namespace

bool is_kept_table(std::string_view table) {
  return is_name_of<PauseTable, CancelTable, DeclinedTable, CrashTable, WindowTable, BucketTable,
                    SourceTable, KnownTargetTable, LeaderTable, NoticeTable, SignalHoldTable,
                    BreakerTable, SilenceTable, DetectionTable, ThrottleTable>(table);
}

}  // namespace sideband
