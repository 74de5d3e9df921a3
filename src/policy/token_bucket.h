// Token bucket: at most `burst` at once and `per_second` in the long run (ITU-T I.371's leaky
// bucket as a meter). The state is a value that the store keeps, so that a crash does not refill
// it.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

class TokenBucket {
 public:
  // An empty text is a full bucket at `now`.
  static Result<TokenBucket> parse(const std::string& text, WallTime now, std::int64_t burst);
  [[nodiscard]] std::string text() const;

  // Takes up to `wanted` whole tokens and says how many it got.
  std::int64_t take(WallTime now, std::int64_t per_second, std::int64_t burst, std::int64_t wanted);
  // How long until at least one token is there.
  [[nodiscard]] Duration wait(std::int64_t per_second) const;

 private:
  std::int64_t micro_tokens_ = 0;
  std::int64_t at_us_ = 0;
};

}  // namespace sideband
