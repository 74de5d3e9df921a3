// The Feed port: a hint that something may have changed. It only wakes; a fresh read decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/log_place.h"

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
  // kRefused: the target kept more for us than it should, and the feed was given up for that.
  virtual Result<Wake> wait(Duration timeout) = 0;
  // The place up to which waits have told everything since this feed began, to whoever reads what
  // they named: a change is told when a read sees it. Nothing where that is not known. A wait ends
  // early, with any = false, where it moved.
  [[nodiscard]] virtual std::optional<LogPlace> told() const { return std::nullopt; }
  // How much the target keeps because we have not heard of it yet, as of the last look; nothing
  // where it keeps nothing for us, or where that is not known.
  [[nodiscard]] virtual std::optional<std::int64_t> lag_bytes() const { return std::nullopt; }
};

}  // namespace sideband
