#include "model/key_order.h"

namespace sideband {

bool key_before(KeyOrder order, const std::string& a, const std::string& b) {
  if (order != KeyOrder::kInt64) return a < b;
  const bool a_negative = !a.empty() && a.front() == '-';
  const bool b_negative = !b.empty() && b.front() == '-';
  if (a_negative != b_negative) return a_negative;
  // Canonical decimals of one sign: the longer one has the larger magnitude.
  const bool smaller = a.size() != b.size() ? a.size() < b.size() : a < b;
  return a_negative ? a != b && !smaller : smaller;
}

}  // namespace sideband
