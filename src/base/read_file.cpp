#include "base/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace sideband {
namespace {

Error failed(const std::string& name) {
  const std::string message = "cannot read " + name + ": " + std::strerror(errno);
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
      return Error::not_found(message);
    case EISDIR:
      return Error::invalid(message);
    case EACCES:
    case EPERM:
      return Error::permission(message);
    default:
      return Error::unavailable(message);
  }
}

Error too_large(const std::string& name, std::size_t most) {
  return Error::invalid(name + " is larger than " + std::to_string(most) + " bytes");
}

}  // namespace

Result<std::string> read_up_to(int file, const std::string& name, std::size_t most) {
  struct stat seen {};
  if (::fstat(file, &seen) != 0) return failed(name);
  if (S_ISREG(seen.st_mode) && static_cast<std::uint64_t>(seen.st_size) > most) {
    return too_large(name, most);
  }
  std::string content;
  std::array<char, 65536> buffer{};
  while (content.size() <= most) {
    const ssize_t count = ::read(file, buffer.data(), buffer.size());
    if (count == 0) return content;
    if (count < 0 && errno != EINTR) return failed(name);
    if (count > 0) content.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return too_large(name, most);
}

Result<std::string> read_regular_file(const std::string& path, std::size_t most) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) return failed(path);
  struct stat seen {};
  if (::fstat(file.get(), &seen) != 0) return failed(path);
  if (!S_ISREG(seen.st_mode)) return Error::invalid(path + " is no regular file");
  return read_up_to(file.get(), path, most);
}

Result<std::string> read_bounded_file(const std::string& path, std::size_t most) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) return failed(path);
  return read_up_to(file.get(), path, most);
}

}  // namespace sideband
