// How many repairs wait, and whether a person may ask for one more.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/mutex.h"
#include "ports/store.h"

namespace sideband {

// Bounds what people may queue, of whom there may be any number; what the loop itself plans is
// bounded by the drifts. While fewer than `most` repairs wait (for an approval, a worker or a
// back-off) everybody is let in; from then on only owners with less than a tenth of `most` of their
// own, so that one owner's backlog does not shut the others out; above twice `most` nobody.
//
// Thread-safe.
class Backlog {
 public:
  using OwnerOf = std::function<std::string(const std::string& name)>;
  // `owner_of`: of a reconciler or "playbook/NAME", as configured now.
  Backlog(std::int64_t most, OwnerOf owner_of) : most_(most), owner_of_(std::move(owner_of)) {}

  // Counts anew, and says how many wait. Blocks.
  Result<std::int64_t> count(Store& store) SB_EXCLUDES(mutex_);
  // kUnavailable while too many wait, as of the last count.
  [[nodiscard]] Result<void> room(const std::string& name) const SB_EXCLUDES(mutex_);

 private:
  const std::int64_t most_;
  const OwnerOf owner_of_;
  mutable Mutex mutex_;
  std::int64_t waiting_ SB_GUARDED_BY(mutex_) = 0;
  // Counted only while as many wait as may.
  std::map<std::string, std::int64_t> of_owner_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
