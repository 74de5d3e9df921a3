#include "drivers/redis/batch_sizer.h"

#include <algorithm>

namespace sideband {

std::size_t next_batch(const BatchPolicy& policy, std::size_t size, std::size_t keys,
                       Duration beyond_round_trip) {
  if (beyond_round_trip > policy.budget) return std::max(size / 2, policy.min);
  // A shorter command says nothing of a longer one.
  return keys < size ? size : std::min(size + policy.step, policy.max);
}

BatchSizer::BatchSizer(const BatchPolicy& policy, Gauge* gauge)
    : policy_(policy), gauge_(gauge), by_time_(policy.min) {
  if (gauge_ != nullptr) gauge_->set(static_cast<double>(size()));
}

std::size_t BatchSizer::size() const {
  const std::size_t fit = policy_.bytes / std::max<std::size_t>(mean_bytes_, 1);
  return std::clamp<std::size_t>(fit, 1, by_time_);
}

void BatchSizer::record(std::size_t keys, std::size_t bytes, Duration beyond_round_trip) {
  if (keys == 0) return;
  mean_bytes_ = bytes / keys;
  by_time_ = next_batch(policy_, by_time_, keys, beyond_round_trip);
  if (gauge_ != nullptr) gauge_->set(static_cast<double>(size()));
}

}  // namespace sideband
