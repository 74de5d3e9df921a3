// Who waits for a repair to rest, which is to end or to wait for people or for its time.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "base/mutex.h"
#include "model/repair.h"

namespace sideband {

// Thread-safe. Each call-back is given away once, by take; whoever takes them calls them.
class RestWaiters {
 public:
  using Done = std::function<void(const Repair&)>;

  // A worker of this process took the repair. It tells when the repair rests; where it loses the
  // lease, whoever goes on with the repair does, or look_for_moved finds out.
  void begun(const Uuid& repair) SB_EXCLUDES(mutex_);
  // True: the caller has to look whether it rests already, since nobody may be left who would tell.
  [[nodiscard]] bool add(const Uuid& repair, Done done) SB_EXCLUDES(mutex_);
  // Those who wait for this one, which rests now.
  [[nodiscard]] std::vector<Done> take(const Uuid& repair) SB_EXCLUDES(mutex_);
  // The repairs that somebody waits for, each once.
  [[nodiscard]] std::vector<Uuid> repairs() const SB_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::multimap<Uuid, Done> waiting_ SB_GUARDED_BY(mutex_);
  std::set<Uuid> at_work_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
