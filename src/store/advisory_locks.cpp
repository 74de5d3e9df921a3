#include "store/advisory_locks.h"

#include <utility>

#include "store/columns.h"

namespace sideband {

// Numbers in the space of advisory locks of the store's database.
#define SB_SWITCHES "7236835021949"
#define SB_SITE "7236835021950"

Result<void> AdvisoryLocks::lock_switches(SwitchLock how) {
  if (!db_.has_other_writers() || switches_ == how || switches_ == SwitchLock::kExclusive)
    return {};
  switches_ = how;
  // What was read before was not held.
  kept_.pauses.forget_unheld();
  kept_.cancels.forget_unheld();
  kept_.forget_listed_silences();
  if (how == SwitchLock::kExclusive) {
    return change(db_, "SELECT pg_advisory_xact_lock(" SB_SWITCHES ")", {});
  }
  return change(db_, "SELECT pg_advisory_xact_lock_shared(" SB_SWITCHES ")", {});
}

Result<void> AdvisoryLocks::lock_site() {
  if (!db_.has_other_writers() || std::exchange(site_locked_, true)) return {};
  return change(db_, "SELECT pg_advisory_xact_lock(" SB_SITE ")", {});
}

void AdvisoryLocks::forget() {
  switches_.reset();
  site_locked_ = false;
}

}  // namespace sideband
