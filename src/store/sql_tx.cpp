#include "store/sql_tx.h"

#include "store/columns.h"

namespace sideband {

Result<void> SqlTx::prefetch_drifts(std::span<const StoreJob> jobs) {
  SB_ASSIGN(const std::size_t keys, drifts_.prefetch(jobs));
  tokens_.expect(keys);
  return {};
}

Result<void> SqlTx::probe_write(const std::string& bytes) {
  SB_TRY(change(db_, "DELETE FROM write_probe", {}));
  return change(db_, "INSERT INTO write_probe (bytes) VALUES ($1)", {Param::blob(bytes)});
}

void SqlTx::forget_reads() {
  advisory_locks_.forget();
  kept_.forget();
  heads_.forget();
  repairs_.forget();
  range_locks_.forget();
  drifts_.forget();
}

Result<void> SqlTx::finish() {
  SB_TRY(kept_.write());
  SB_TRY(tokens_.write());
  SB_TRY(repairs_.tell_nodes());
  return audit_.append_staged();
}

}  // namespace sideband
