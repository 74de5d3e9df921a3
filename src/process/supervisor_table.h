// The supervisors of this process, and what one leaves behind that was killed.
//
// A command that runs as our own user can kill its supervisor. It dies with it (PR_SET_PDEATHSIG);
// what it started becomes a child of the next subreaper (prctl(2)), which this process then is, and
// is ended here. Whoever else forks in this process keeps its children only if they are older than
// the supervisor that was killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>

#include "base/mutex.h"
#include "process/child_supervisor.h"

namespace sideband {

// Thread-safe.
class SupervisorTable {
 public:
  // Of this process, which becomes the reaper of what supervisors leave.
  static SupervisorTable& instance();

  // As fork(2), in whose child it runs `plan` and does not return.
  pid_t start(const ChildPlan& plan) SB_EXCLUDES(mutex_);
  // Waits for the end of a supervisor; ends what is left where it was killed. Blocks, for the
  // latter 3 s at most: what hangs in the kernel is left.
  void wait_for(pid_t supervisor) SB_EXCLUDES(mutex_);

 private:
  SupervisorTable();
  // False when there was none.
  bool kill_orphans(std::uint64_t since) SB_EXCLUDES(mutex_);

  Mutex mutex_;
  std::map<pid_t, std::uint64_t> running_ SB_GUARDED_BY(mutex_);  // with their start, in ticks
};

}  // namespace sideband
