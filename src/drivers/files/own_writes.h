// Which files this process put in place a moment ago, so that it need not wait for itself.
#pragma once

#include <sys/stat.h>

#include <map>
#include <tuple>

#include "base/clock.h"
#include "base/mutex.h"

namespace sideband {

// Thread-safe. Remembers each for an hour, 10,000 at most; what is forgotten counts as written by
// somebody else.
class OwnWrites {
 public:
  // The open file as it is now: who writes it later is not us.
  void add(int fd, WallTime now) SB_EXCLUDES(mutex_);
  [[nodiscard]] bool has(const struct stat& seen) const SB_EXCLUDES(mutex_);

 private:
  using Version = std::tuple<dev_t, ino_t, std::int64_t, std::int64_t>;  // with the time of writing

  mutable Mutex mutex_;
  std::map<Version, WallTime> added_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
