// The Feed port: a hint that something may have changed. It only wakes; a fresh read decides.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

// At most this many keys in a wake; more overflow into one scan.
inline constexpr std::size_t kMaxWakeKeys = 10'000;

struct Wake {
  bool any = false;               // something happened
  bool scan = false;              // which keys is not known (or too many): scan everything
  std::vector<std::string> keys;  // join keys, without duplicates
};

// Used by one thread at a time.
class Feed {
 public:
  virtual ~Feed() = default;
  // Waits up to `timeout` for events. No event is a Wake with any = false. After an error the
  // caller waits, opens a new feed and treats the gap as one wake with scan = true.
  virtual Result<Wake> wait(Duration timeout) = 0;
};

}  // namespace sideband
