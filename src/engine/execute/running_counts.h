// How many repairs run while a claim lets more of them in: what places are counted by.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ports/store.h"

namespace sideband {

// Used by one claim, in its transaction. Other nodes count too: rows that are locked by reading
// them make nodes take turns.
class RunningCounts {
 public:
  // `site_limit`: Guardrails.concurrency; 0 = no limit.
  RunningCounts(StoreTx& store, std::int64_t site_limit) : store_(store), site_limit_(site_limit) {}

  // These were claimed just now, and so are marked as running; they count as they are let in. What
  // was counted before is counted anew.
  void claimed(const std::vector<Repair>& repairs);

  // Of this reconciler or playbook.
  Result<std::int64_t> of(const std::string& name);
  Result<bool> site_has_room();
  // This one begins, or goes on.
  Result<void> let_in(const Repair& repair);
  // This one is held or ends. `repair` still says that it runs.
  void leave_out(const Repair& repair);

 private:
  Result<std::int64_t*> counted(const std::string& name);

  StoreTx& store_;
  const std::int64_t site_limit_;
  // By name; of the whole site by the empty one.
  std::map<std::string, std::int64_t> running_;
  std::map<std::string, std::int64_t> claimed_;
};

}  // namespace sideband
