// Locks that the nodes of a shared store take on a matter instead of on rows.
#pragma once

#include <optional>

#include "ports/store.h"
#include "store/connection.h"
#include "store/kept_rows.h"

namespace sideband {

// Used by one thread, within one transaction. References must outlive it. They are held until the
// transaction ends, or a savepoint is rolled back (forget).
class AdvisoryLocks {
 public:
  AdvisoryLocks(Connection& db, KeptRows& kept) : db_(db), kept_(kept) {}

  Result<void> lock_switches(SwitchLock how);
  Result<void> lock_site();
  void forget();

 private:
  Connection& db_;
  KeptRows& kept_;  // the switches, which the lock keeps true
  std::optional<SwitchLock> switches_;
  bool site_locked_ = false;
};

}  // namespace sideband
