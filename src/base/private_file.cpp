#include "base/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "base/read_file.h"

namespace sideband {
namespace {

constexpr mode_t kOfOthers = S_IRWXG | S_IRWXO;
constexpr mode_t kWrittenByOthers = S_IWGRP | S_IWOTH;

Error not_opened(const std::string& name) {
  switch (errno) {
    case ENOENT:
      return Error::not_found("there is no file " + name);
    case EACCES:
    case EPERM:
      return Error::permission(name + " belongs to another user and cannot be read by us");
    case ELOOP:
      return Error::permission(name + " is a link; put the file itself there");
    case ENXIO:
      return Error::permission(name + " is no regular file");
    default:
      return Error::unavailable("reading " + name + ": " + std::strerror(errno));
  }
}

Result<void> check(const struct stat& seen, const std::string& name,
                   const PrivateFileRules& rules) {
  if (!S_ISREG(seen.st_mode)) return Error::permission(name + " is no regular file");
  if ((seen.st_mode & kOfOthers) != 0) {
    return Error::permission(name + " can be read or written by others; run: chmod 600 " + name);
  }
  const bool good =
      !rules.owner || seen.st_uid == *rules.owner || seen.st_uid == 0 || seen.st_uid == ::geteuid();
  if (!good) {
    return Error::permission(name + " belongs to uid " + std::to_string(seen.st_uid) +
                             "; give it to the user of the daemon");
  }
  return {};
}

}  // namespace

Result<std::string> read_private_file(int folder, const std::string& name,
                                      const PrivateFileRules& rules) {
  const int flags =
      O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (rules.follow_links ? 0 : O_NOFOLLOW);
  const Fd file(::openat(folder, name.c_str(), flags));
  if (!file.valid()) return not_opened(name);
  struct stat seen {};
  if (::fstat(file.get(), &seen) != 0) return not_opened(name);
  SB_TRY(check(seen, name, rules));
  return read_up_to(file.get(), name, rules.most);
}

Result<void> check_private_folder(const std::string& path) {
  struct stat seen {};
  if (::stat(path.c_str(), &seen) != 0) {
    if (errno == ENOENT) return {};
    const Error why = errno == EACCES ? Error::permission("") : Error::unavailable("");
    Error error = why;
    error.message = "looking at " + path + ": " + std::strerror(errno);
    return error;
  }
  if (!S_ISDIR(seen.st_mode)) return Error::permission(path + " is no folder");
  if ((seen.st_mode & kWrittenByOthers) == 0) return {};
  return Error::permission(
      path + " can be written by others, who could then be anybody; run: " + "chmod go-w " + path);
}

}  // namespace sideband
