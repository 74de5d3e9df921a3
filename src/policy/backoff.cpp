#include "policy/backoff.h"

#include <algorithm>
#include <cmath>

namespace sideband {

Duration backoff_delay(const RetrySettings& retry, std::int64_t attempt, double fraction) {
  const double exponent = static_cast<double>(std::max<std::int64_t>(1, attempt) - 1);
  const double step =
      std::min(static_cast<double>(retry.max.count()),
               static_cast<double>(retry.initial.count()) * std::pow(retry.factor, exponent));
  return Duration(static_cast<std::int64_t>(step * (0.1 + 0.9 * fraction)));
}

Duration refusal_delay(Duration refused_for, double fraction) {
  constexpr Duration kShortest = std::chrono::seconds(1);
  constexpr Duration kLongest = std::chrono::minutes(1);
  const Duration delay = std::clamp(refused_for / 4, kShortest, kLongest);
  return delay +
         Duration(static_cast<std::int64_t>(static_cast<double>(delay.count()) / 4 * fraction));
}

}  // namespace sideband
