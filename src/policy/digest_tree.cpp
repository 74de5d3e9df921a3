#include "policy/digest_tree.h"

#include <algorithm>
#include <cmath>

namespace sideband {
namespace {

// About what the digest of a range and a listed item cost, in bytes that move.
constexpr double kRangeBytes = 80;
constexpr double kItemBytes = 32;
// So many listed items cost less than a round trip more would be worth.
constexpr std::int64_t kCheapItems = 32'768;
constexpr double kMinItems = 16;
constexpr double kMaxParts = 1 << 14;

}  // namespace

double estimated_differences(const DigestLevel& level) {
  const auto compared = static_cast<double>(level.compared);
  const auto different = static_cast<double>(level.different);
  if (level.compared == 0) return 0;
  // Every range differs: at least so many that none is expected to be left out.
  if (level.different >= level.compared) return compared * (std::log(compared) + 1);
  return -compared * std::log1p(-different / compared);
}

// With parts of w items a level costs items / w digests and then w listed items for each
// difference; the sum is least where both are equal.
std::size_t next_items_each(const DigestLevel& level) {
  if (level.items <= kCheapItems || level.different == 0) return 0;
  const auto items = static_cast<double>(level.items);
  const double differences = std::max(estimated_differences(level), 1.0);
  double each = std::sqrt(items / differences * kRangeBytes / kItemBytes);
  each = std::max({each, kMinItems, items / kMaxParts});
  const double now = items / static_cast<double>(level.different);
  return now <= 5 * each ? 0 : static_cast<std::size_t>(each);
}

}  // namespace sideband
