#include "drivers/files/settling.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/units.h"

namespace sideband {
namespace {

WallTime wall_time_of(const timespec& time) {
  return WallTime(std::chrono::seconds(time.tv_sec) +
                  std::chrono::microseconds(time.tv_nsec / 1000));
}

// When it was written; nothing where that lies in a future that waiting does not reach.
std::optional<WallTime> written_at(const struct stat& seen, WallTime latest) {
  for (const timespec& time : {seen.st_mtim, seen.st_ctim}) {
    if (wall_time_of(time) <= latest) return wall_time_of(time);
  }
  return std::nullopt;
}

}  // namespace

// Who breaks a lease makes the kernel send its holder a signal, SIGIO unless another one is set;
// that one ends a process, and SIGURG is ignored by default.
Writers writers_of(int fd) {
  if (fcntl(fd, F_SETSIG, SIGURG) != 0) return Writers::kNotTold;
  if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0) {
    return errno == EAGAIN ? Writers::kSome : Writers::kNotTold;
  }
  fcntl(fd, F_SETLEASE, F_UNLCK);
  return Writers::kNone;
}

std::string Settling::doubt(int fd, WallTime now) const {
  const Writers writers = writers_of(fd);
  if (writers == Writers::kSome) return "is open for writing";
  if (writers == Writers::kNone && !settle_) return "";
  struct stat seen {};
  if (fstat(fd, &seen) != 0) return "its status cannot be read";
  const Duration settle = settle_.value_or(kDefault);
  const auto written = written_at(seen, now + settle);
  if (!written || now - *written >= settle || own_->has(seen)) return "";
  return "was written less than " + format_duration(settle) + " ago";
}

Duration Settling::wait(int fd) const {
  if (settle_) return *settle_;
  return writers_of(fd) == Writers::kNotTold ? kDefault : Duration(0);
}

}  // namespace sideband
