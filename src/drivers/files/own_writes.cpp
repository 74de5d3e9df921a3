#include "drivers/files/own_writes.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxOwnWrites = 10'000;
constexpr auto kOwnWriteAge = std::chrono::hours(1);

std::tuple<dev_t, ino_t, std::int64_t, std::int64_t> version_of(const struct stat& seen) {
  return {seen.st_dev, seen.st_ino, seen.st_mtim.tv_sec, seen.st_mtim.tv_nsec};
}

}  // namespace

void OwnWrites::add(int fd, WallTime now) {
  struct stat seen {};
  if (fstat(fd, &seen) != 0) return;
  const MutexLock lock(mutex_);
  if (added_.size() >= kMaxOwnWrites) {
    std::erase_if(added_, [&](const auto& one) { return now - one.second > kOwnWriteAge; });
  }
  if (added_.size() < kMaxOwnWrites) added_[version_of(seen)] = now;
}

bool OwnWrites::has(const struct stat& seen) const {
  const MutexLock lock(mutex_);
  return added_.count(version_of(seen)) > 0;
}

}  // namespace sideband
