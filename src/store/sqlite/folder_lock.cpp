#include "store/sqlite/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sideband {
namespace {

std::string content(int file) {
  std::array<char, 32> bytes{};
  const ssize_t size = ::pread(file, bytes.data(), bytes.size(), 0);
  return size > 0 ? std::string(bytes.data(), static_cast<std::size_t>(size)) : std::string();
}

Error failed(const std::string& what) {
  return Error::storage(what + ": " + std::strerror(errno));
}

}  // namespace

Result<std::unique_ptr<FolderLock>> FolderLock::take(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return failed("opening " + path);
  const std::string holder = content(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return Error::conflict("state folder " + folder + " is in use by process " + holder +
                           "; stop it, or choose another folder");
  }
  std::unique_ptr<FolderLock> lock(new FolderLock(file, !holder.empty()));
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, pid.data(), pid.size(), 0) < 0) {
    return failed("writing " + path);
  }
  return lock;
}

FolderLock::~FolderLock() {
  ::close(file_);
}

void FolderLock::released_cleanly() {
  if (::ftruncate(file_, 0) != 0) return;  // the next start then checks once more than needed
}

}  // namespace sideband
