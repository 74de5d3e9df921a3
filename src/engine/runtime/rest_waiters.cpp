#include "engine/runtime/rest_waiters.h"

#include <utility>

namespace sideband {

void RestWaiters::begun(const Uuid& repair) {
  const MutexLock lock(mutex_);
  at_work_.insert(repair);
}

bool RestWaiters::add(const Uuid& repair, Done done) {
  const MutexLock lock(mutex_);
  waiting_.emplace(repair, std::move(done));
  return !at_work_.contains(repair);
}

std::vector<RestWaiters::Done> RestWaiters::take(const Uuid& repair) {
  std::vector<Done> out;
  const MutexLock lock(mutex_);
  at_work_.erase(repair);
  const auto [begin, end] = waiting_.equal_range(repair);
  for (auto it = begin; it != end; ++it) out.push_back(std::move(it->second));
  waiting_.erase(begin, end);
  return out;
}

std::vector<Uuid> RestWaiters::repairs() const {
  std::vector<Uuid> out;
  const MutexLock lock(mutex_);
  for (const auto& [id, done] : waiting_) {
    if (out.empty() || out.back() != id) out.push_back(id);
  }
  return out;
}

}  // namespace sideband
