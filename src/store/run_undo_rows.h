// Which repairs took back the steps of a run of a playbook.
#pragma once

#include <vector>

#include "ports/store.h"
#include "store/connection.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it.
class RunUndoRows {
 public:
  explicit RunUndoRows(Connection& db) : db_(db) {}

  Result<std::vector<Uuid>> undos_of_run(const Uuid& run);
  Result<void> add_undo_of_run(const Uuid& run, const Uuid& undo);

 private:
  Connection& db_;
};

}  // namespace sideband
