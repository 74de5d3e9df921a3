// The pretended target of the noop driver: numbered items in memory.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "base/mutex.h"
#include "drivers/fence_stripe.h"
#include "model/state.h"

namespace sideband {

// Thread-safe; nothing outlives the process. Items 1 to `items` are present from the start; only
// what differs from that takes memory.
class NoopMemory {
 public:
  explicit NoopMemory(std::int64_t items) : items_(items) {}

  [[nodiscard]] State get(std::int64_t number) const SB_EXCLUDES(mutex_);
  void set(std::int64_t number, State state) SB_EXCLUDES(mutex_);
  // Up to `limit` present items above `after`, in order.
  [[nodiscard]] std::vector<Item> list(std::int64_t after, std::size_t limit) const
      SB_EXCLUDES(mutex_);
  // Sets the state where it is still `found`; the state before in any case.
  State compare_and_set(std::int64_t number, const State& found, const State& want)
      SB_EXCLUDES(mutex_);
  // False when a higher token was seen for a key of the same stripe.
  bool admit(std::string_view key, std::uint64_t token) SB_EXCLUDES(mutex_);

 private:
  [[nodiscard]] State at(std::int64_t number) const SB_REQUIRES(mutex_);

  const std::int64_t items_;
  mutable Mutex mutex_;
  std::map<std::int64_t, State> differing_ SB_GUARDED_BY(mutex_);
  std::array<std::uint64_t, kFenceStripes> tokens_ SB_GUARDED_BY(mutex_){};
};

}  // namespace sideband
