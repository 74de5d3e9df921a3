// Gathers the keys of a Wake without duplicates, and falls back to a scan when there are too many.
#pragma once

#include <set>
#include <string>

#include "ports/feed.h"

namespace sideband {

// Used by one thread at a time.
class WakeKeys {
 public:
  void add(std::string key) {
    any_ = true;
    if (!scan_) keys_.insert(std::move(key));
    if (keys_.size() > kMaxWakeKeys) add_scan();
  }
  // Something happened, and which keys is not known.
  void add_scan() {
    any_ = scan_ = true;
    keys_.clear();
  }
  [[nodiscard]] bool any() const { return any_; }
  [[nodiscard]] Wake take() {
    Wake wake{any_, scan_, {keys_.begin(), keys_.end()}};
    *this = WakeKeys();
    return wake;
  }

 private:
  bool any_ = false;
  bool scan_ = false;
  std::set<std::string> keys_;
};

}  // namespace sideband
