#include "gateway/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace sideband {
namespace {

// How connecting to it ends: 0 = somebody serves there.
int connect_error(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return errno;
  const int failed = ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  return failed == 0 || errno == EAGAIN ? 0 : errno;  // EAGAIN: many wait there already
}

Error wrong_path(const std::string& path, const std::string& why) {
  return Error::invalid("the socket " + path + " cannot be made: " + why +
                        "; name another path with --socket");
}

}  // namespace

Result<void> clear_socket_path(const std::string& path) {
  constexpr std::size_t kMax = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMax) {
    return wrong_path(path, "its path has " + std::to_string(path.size()) + " bytes, at most " +
                                std::to_string(kMax) + " are possible");
  }
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return wrong_path(path, "something else than a socket is there");
  const int failed = connect_error(path);
  if (failed == 0) {
    return Error{ErrorCode::kConflict,
                 "another daemon serves the socket " + path +
                     "; stop it first, or name another path with --socket",
                 Retry::kPerson};
  }
  if (failed != ECONNREFUSED) return wrong_path(path, std::strerror(failed));
  if (::unlink(path.c_str()) != 0) return wrong_path(path, std::strerror(errno));
  return {};
}

}  // namespace sideband
