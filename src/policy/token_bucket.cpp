#include "policy/token_bucket.h"

#include <algorithm>

#include "base/bytes.h"

namespace sideband {

static constexpr std::int64_t kMicro = 1'000'000;
static constexpr std::int64_t kLate = 60 * kMicro;

Result<TokenBucket> TokenBucket::parse(const std::string& text, WallTime now, std::int64_t burst) {
  TokenBucket bucket;
  if (text.empty()) {
    bucket.micro_tokens_ = burst * kMicro;
    bucket.at_us_ = to_us(now);
    return bucket;
  }
  ByteReader reader(text);
  SB_ASSIGN(const std::uint64_t tokens, reader.get_varint());
  SB_ASSIGN(const std::uint64_t at, reader.get_varint());
  bucket.micro_tokens_ = static_cast<std::int64_t>(tokens);
  bucket.at_us_ = static_cast<std::int64_t>(at);
  return bucket;
}

std::string TokenBucket::text() const {
  std::string out;
  put_varint(out, static_cast<std::uint64_t>(micro_tokens_));
  put_varint(out, static_cast<std::uint64_t>(at_us_));
  return out;
}

std::int64_t TokenBucket::take(WallTime now, std::int64_t per_second, std::int64_t burst,
                               std::int64_t wanted) {
  // A clock set back adds nothing; a jump forward adds at most one burst. A `now` of a moment ago
  // is no such clock: it waited for the store while a later one went first, and time that was
  // counted must not count again.
  if (to_us(now) < at_us_ && at_us_ - to_us(now) < kLate) now = from_us(at_us_);
  const std::int64_t passed = std::max<std::int64_t>(0, to_us(now) - at_us_);
  const std::int64_t enough = burst * kMicro / std::max<std::int64_t>(1, per_second) + 1;
  micro_tokens_ = std::min(burst * kMicro, micro_tokens_ + std::min(passed, enough) * per_second);
  at_us_ = to_us(now);
  const std::int64_t taken = std::min(wanted, micro_tokens_ / kMicro);
  micro_tokens_ -= taken * kMicro;
  return taken;
}

Duration TokenBucket::wait(std::int64_t per_second) const {
  const std::int64_t missing = std::max<std::int64_t>(0, kMicro - micro_tokens_);
  return Duration((missing + per_second - 1) / std::max<std::int64_t>(1, per_second));
}

}  // namespace sideband
