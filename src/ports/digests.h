// Digests of key ranges, computed by the target: how two sides find where they differ without
// moving what they have in common.
//
// A Collection that offers them says in its traits over what it computes them. Where two of them
// say the same, equal counts and digests of a range mean equal keys and states, but for a collision
// (the driver's README names its chance). Digests that differ prove nothing: they say where to
// look.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace sideband {

// The keys from `from` up to `below`, in the collection's order.
struct KeyRange {
  std::optional<std::string> from;   // its first key; nothing = from the start
  std::optional<std::string> below;  // the first key behind it; nothing = to the end

  [[nodiscard]] bool whole() const { return !from && !below; }
};

struct DigestRequest {
  std::vector<KeyRange> ranges;  // rising, without overlaps
  // Starts the hash. Digests compare under one seed only; a new one for each scan makes sure that
  // what a collision hid once is not hidden for ever.
  std::uint64_t seed = 0;
  Duration timeout = std::chrono::seconds(30);
};

struct RangeDigest {
  bool known = false;  // false: this side cannot tell; the range is read
  std::int64_t items = 0;
  std::string digest;
};

struct SplitRequest {
  std::vector<KeyRange> ranges;     // rising, without overlaps
  std::size_t items_each = 64;      // about so many in each part
  std::size_t max_parts = 1 << 14;  // of one range
  Duration timeout = std::chrono::seconds(30);
};

}  // namespace sideband
