#include "policy/token_bucket.h"

#include <algorithm>

namespace sideband {

static constexpr std::int64_t kMicro = 1'000'000;
static constexpr Duration kLate = std::chrono::minutes(1);

TokenBucket TokenBucket::full(WallTime now, std::int64_t burst) {
  return TokenBucket(RateBucket{burst * kMicro, now});
}

std::int64_t TokenBucket::take(WallTime now, std::int64_t per_second, std::int64_t burst,
                               std::int64_t wanted) {
  // A clock set back adds nothing; a jump forward adds at most one burst. A `now` of a moment ago
  // is no such clock: it waited for the store while a later one went first, and time that was
  // counted must not count again.
  if (now < kept_.filled_at && kept_.filled_at - now < kLate) now = kept_.filled_at;
  const std::int64_t passed = std::max<std::int64_t>(0, to_us(now) - to_us(kept_.filled_at));
  const std::int64_t enough = burst * kMicro / std::max<std::int64_t>(1, per_second) + 1;
  const std::int64_t earned = std::min(passed, enough) * per_second;
  kept_ = {std::min(burst * kMicro, kept_.micro_tokens + earned), now};
  const std::int64_t taken = std::min(wanted, kept_.micro_tokens / kMicro);
  kept_.micro_tokens -= taken * kMicro;
  return taken;
}

Duration TokenBucket::wait(std::int64_t per_second) const {
  const std::int64_t missing = std::max<std::int64_t>(0, kMicro - kept_.micro_tokens);
  return Duration((missing + per_second - 1) / std::max<std::int64_t>(1, per_second));
}

}  // namespace sideband
