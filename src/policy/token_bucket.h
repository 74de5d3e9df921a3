// Token bucket: at most `burst` at once and `per_second` in the long run (ITU-T I.371's leaky
// bucket as a meter). The state is a row that the store keeps, so that a crash does not refill
// it.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "model/kept_state.h"

namespace sideband {

class TokenBucket {
 public:
  static TokenBucket full(WallTime now, std::int64_t burst);
  explicit TokenBucket(const RateBucket& kept) : kept_(kept) {}
  [[nodiscard]] const RateBucket& kept() const { return kept_; }

  // Takes up to `wanted` whole tokens and says how many it got.
  std::int64_t take(WallTime now, std::int64_t per_second, std::int64_t burst, std::int64_t wanted);
  // How long until at least one token is there.
  [[nodiscard]] Duration wait(std::int64_t per_second) const;

 private:
  RateBucket kept_;
};

}  // namespace sideband
