// What the store holds, and pruning of what has ended. Whoever prunes goes by id: ids sort by time,
// so that no index has to be kept only for this.
#pragma once

#include <optional>
#include <vector>

#include "ports/store.h"
#include "store/connection.h"
#include "store/repair_rows.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class RetentionRows {
 public:
  RetentionRows(Connection& db, RepairRows& repairs) : db_(db), repairs_(repairs) {}

  Result<StoreUse> count_use(StoredClass which, const StoreCursor& after, WallTime due,
                             std::int64_t limit);
  Result<std::vector<EndedRepair>> ended_repairs(WallTime before, const Uuid& after,
                                                 std::int64_t limit);
  Result<std::optional<WallTime>> retention_mark();
  Result<void> put_retention_mark(WallTime at);
  Result<std::vector<Uuid>> erase_ended(const std::vector<Uuid>& repairs);
  Result<LeftoverCount> erase_leftovers(std::int64_t rows, std::int64_t bytes);
  Result<PrunedPage> prune_plans(WallTime drafts, WallTime sealed, const Uuid& after,
                                 std::int64_t limit);
  Result<PrunedPage> prune_decisions(WallTime before, const Uuid& after, std::int64_t limit);
  Result<std::int64_t> prune_idempotent(WallTime before, std::int64_t limit);

 private:
  // Drops a plan's row; its chunks and the rows of its repair go later.
  Result<void> leave_over(const Uuid& plan);

  Connection& db_;
  RepairRows& repairs_;
};

}  // namespace sideband
