#include "drivers/files/content.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace sideband {
namespace {

FileView no_view(State state) {
  return {std::move(state)};
}

FileView unknown_file(int number, const std::string& what) {
  return no_view(State::unknown(errno_error(number, what).message));
}

std::string kind_of(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISDIR(mode)) return "a folder";
  return "a device, pipe or socket";
}

// Reads up to `limit` bytes; -1 with errno on an error.
ssize_t read_up_to(int fd, std::string& out, std::size_t limit) {
  std::size_t done = 0;
  out.resize(limit);
  while (done < limit) {
    const ssize_t got = ::read(fd, out.data() + done, limit - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return got;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  out.resize(done);
  return static_cast<ssize_t>(done);
}

bool same_version(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_mode == b.st_mode && a.st_uid == b.st_uid &&
         a.st_gid == b.st_gid;
}

FileView read_open(Fd file, std::int64_t max_size, const ObservedAttributes& observed) {
  const int fd = file.get();
  struct stat before {};
  if (fstat(fd, &before) != 0) return unknown_file(errno, "reading the file's status");
  if (!S_ISREG(before.st_mode)) {
    return no_view(State::unknown("is " + kind_of(before.st_mode)));
  }
  if (before.st_size > max_size) {
    return no_view(State::unknown(
        too_large(static_cast<std::size_t>(before.st_size), static_cast<std::size_t>(max_size))));
  }
  std::string bytes;
  const auto expected = static_cast<std::size_t>(before.st_size);
  if (read_up_to(fd, bytes, expected + 1) < 0) return unknown_file(errno, "reading the file");
  struct stat after {};
  if (fstat(fd, &after) != 0 || !same_version(before, after) || bytes.size() != expected) {
    return no_view(State::unknown("was changed while it was read"));
  }
  State state = State::of_bytes(std::move(bytes));
  state.attributes = observed.of(after.st_mode, after.st_uid, after.st_gid);
  return {std::move(state), std::move(file)};
}

Fd open_to_read(int folder, const std::string& name) {
  return Fd(openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

}  // namespace

Fd open_file(int folder, const std::string& name) {
  struct stat seen {};
  const bool regular =
      fstatat(folder, name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(seen.st_mode);
  return regular ? open_to_read(folder, name) : Fd();
}

FileView view_file(int folder, const std::string& name, std::int64_t max_size,
                   const ObservedAttributes& observed) {
  // Looked at before it is opened: opening a device or a pipe can have effects of its own.
  struct stat seen {};
  if (fstatat(folder, name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? no_view(State::absent()) : unknown_file(errno, "looking at the file");
  }
  if (!S_ISREG(seen.st_mode)) return no_view(State::unknown("is " + kind_of(seen.st_mode)));
  Fd fd = open_to_read(folder, name);
  if (fd.valid()) return read_open(std::move(fd), max_size, observed);
  return errno == ENOENT ? no_view(State::absent()) : unknown_file(errno, "opening the file");
}

FileView view_found(int found, std::int64_t max_size, const ObservedAttributes& observed) {
  struct stat seen {};
  if (fstat(found, &seen) != 0) return unknown_file(errno, "looking at the file");
  if (!S_ISREG(seen.st_mode)) return no_view(State::unknown("is " + kind_of(seen.st_mode)));
  const std::string self = "/proc/self/fd/" + std::to_string(found);
  Fd fd(open(self.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (fd.valid()) return read_open(std::move(fd), max_size, observed);
  return unknown_file(errno, "opening the file");
}

}  // namespace sideband
