#include "drivers/paced_rate.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr double kAtOnce = 0.005;  // seconds

}  // namespace

PacedRate::PacedRate(std::int64_t per_second, std::size_t at_least, MonoTime now)
    : per_second_(per_second),
      at_once_(std::min(std::max(static_cast<double>(per_second) * kAtOnce,
                                 static_cast<double>(std::max<std::size_t>(at_least, 1))),
                        static_cast<double>(per_second))),
      held_(std::min(2 * at_once_, static_cast<double>(per_second))),
      left_(held_),
      at_(now) {}

std::size_t PacedRate::cut(std::size_t wanted, std::size_t at_least) const {
  if (!limited()) return wanted;
  const auto second = static_cast<std::size_t>(per_second_);
  return std::min({wanted, second, std::max(static_cast<std::size_t>(at_once_), at_least)});
}

double PacedRate::left(MonoTime now) const {
  const auto passed = static_cast<double>((now - at_).count()) / 1e6;
  return std::min(left_ + static_cast<double>(per_second_) * passed, held_);
}

Duration PacedRate::wait(std::size_t amount, MonoTime now) const {
  if (!limited()) return Duration(0);
  const double missing = std::min(static_cast<double>(amount), held_) - left(now);
  if (missing <= 0) return Duration(0);
  return Duration(static_cast<std::int64_t>(missing * 1e6 / static_cast<double>(per_second_)) + 1);
}

void PacedRate::take(std::size_t amount, MonoTime now) {
  left_ = left(now) - static_cast<double>(amount);
  at_ = now;
}

void PacedRate::give_back(std::size_t amount, MonoTime now) {
  left_ = std::min(left(now) + static_cast<double>(amount), held_);
  at_ = now;
}

}  // namespace sideband
