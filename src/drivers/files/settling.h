// Whether the content of a file may be believed, or somebody is about to write it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "drivers/files/own_writes.h"

namespace sideband {

enum class Writers { kNone, kSome, kNotTold };

// Whether any process of this machine has the file open for writing, by a read lease that is given
// back at once (fcntl(2), F_SETLEASE). kNotTold to who neither owns the file nor has CAP_LEASE, and
// on file systems without leases. `fd` is open for reading only. Does not block; somebody who opens
// the file for writing in these microseconds waits, and with O_NONBLOCK is told to try again.
Writers writers_of(int fd);

// Thread-safe: a value that shares what it remembers of own writes with its copies.
class Settling {
 public:
  // Where the kernel does not tell of writers and nothing is configured.
  static constexpr Duration kDefault = std::chrono::seconds(1);

  Settling() = default;
  // With `settle`, a file must be as old as that whatever the kernel tells.
  Settling(std::optional<Duration> settle, std::shared_ptr<OwnWrites> own)
      : settle_(settle), own_(std::move(own)) {}

  // Why the content of an open regular file is not believed at `now`; empty when it is. One that
  // this process wrote itself need not be old. A time further in the future than a file has to
  // settle says nothing of the last moment: the time of the inode's last change counts then, and
  // none if that is there too.
  [[nodiscard]] std::string doubt(int fd, WallTime now) const;
  // How long after a change the file has to be looked at once more; 0 where once is enough.
  [[nodiscard]] Duration wait(int fd) const;
  // This process put the file there.
  void wrote(int fd, WallTime now) const { own_->add(fd, now); }

 private:
  std::optional<Duration> settle_;
  std::shared_ptr<OwnWrites> own_ = std::make_shared<OwnWrites>();
};

}  // namespace sideband
