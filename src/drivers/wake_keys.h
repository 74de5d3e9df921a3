// Gathers the keys of a Wake without duplicates, and falls back to a scan when there are too many.
#pragma once

#include <set>
#include <string>

#include "ports/feed.h"

namespace sideband {

// Keys may be long: this many bytes of them at most.
inline constexpr std::size_t kMaxWakeBytes = std::size_t{8} << 20;

// Used by one thread at a time.
class WakeKeys {
 public:
  void add(std::string key) {
    any_ = true;
    if (scan_) return;
    const std::size_t size = key.size();
    if (keys_.insert(std::move(key)).second) bytes_ += size;
    if (keys_.size() > kMaxWakeKeys || bytes_ > kMaxWakeBytes) add_scan();
  }
  // Something happened, and which keys is not known.
  void add_scan() {
    any_ = scan_ = true;
    keys_.clear();
    bytes_ = 0;
  }
  // What another one gathered, which is empty then.
  void add_all(WakeKeys& other) {
    any_ = any_ || other.any_;
    if (other.scan_) add_scan();
    while (!other.keys_.empty()) add(std::move(other.keys_.extract(other.keys_.begin()).value()));
    other = WakeKeys();
  }
  [[nodiscard]] bool any() const { return any_; }
  [[nodiscard]] bool scan() const { return scan_; }
  [[nodiscard]] Wake take() {
    Wake wake{any_, scan_, {keys_.begin(), keys_.end()}};
    *this = WakeKeys();
    return wake;
  }

 private:
  bool any_ = false;
  bool scan_ = false;
  std::size_t bytes_ = 0;  // of keys_
  std::set<std::string> keys_;
};

}  // namespace sideband
