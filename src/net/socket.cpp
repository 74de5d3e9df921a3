#include "net/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace sideband {
namespace {

constexpr int kType = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

Result<std::unique_ptr<addrinfo, FreeAddresses>> look_up(const std::string& host,
                                                         const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int failure = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (failure != 0) {
    return Error::unavailable("looking up '" + host + "': " + gai_strerror(failure));
  }
  return std::unique_ptr<addrinfo, FreeAddresses>(list);
}

}  // namespace

Error Socket::lost(int number, std::string_view what) const {
  return Error::unavailable(peer_ + ": " + std::string(what) + ": " +
                            std::error_code(number, std::generic_category()).message());
}

Result<void> Socket::await(short events, const Deadline& deadline) const {
  for (;;) {
    pollfd wanted{fd_.get(), events, 0};
    const int ready = poll(&wanted, 1, deadline.left_ms());
    if (ready > 0) return {};
    if (ready == 0) return Error::timeout(peer_ + ": no answer in time", Effect::kNone);
    if (errno != EINTR) return lost(errno, "waiting");
  }
}

Result<void> Socket::connect(const void* address, unsigned length, const Deadline& deadline) {
  if (::connect(fd_.get(), static_cast<const sockaddr*>(address), length) == 0) return {};
  if (errno != EINPROGRESS) return lost(errno, "connecting");
  SB_TRY(await(POLLOUT, deadline));
  int failure = 0;
  socklen_t size = sizeof failure;
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
  if (failure != 0) return lost(failure, "connecting");
  return {};
}

Result<Socket> Socket::connect_tcp(const std::string& host, std::uint16_t port,
                                   const Deadline& deadline) {
  SB_ASSIGN(const auto addresses, look_up(host, std::to_string(port)));
  Error last = Error::unavailable("'" + host + "' has no address");
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    Socket socket(Fd(::socket(at->ai_family, kType, 0)), host + ':' + std::to_string(port));
    const auto connected = socket.connect(at->ai_addr, at->ai_addrlen, deadline);
    if (connected) {
      const int on = 1;
      setsockopt(socket.fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return socket;
    }
    last = connected.error();
  }
  return last;
}

Result<Socket> Socket::connect_unix(const std::string& path, const Deadline& deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error::invalid("the socket path '" + path + "' is too long");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Socket socket(Fd(::socket(AF_UNIX, kType, 0)), path);
  SB_TRY(socket.connect(&address, sizeof address, deadline));
  return socket;
}

Result<void> Socket::send(std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      SB_TRY(await(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return lost(errno, "sending");
    }
  }
  return {};
}

Result<std::size_t> Socket::receive(char* buffer, std::size_t size, const Deadline& deadline) {
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), buffer, size, 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return Error::unavailable(peer_ + ": the other side closed the connection");
    if (errno == EAGAIN) {
      SB_TRY(await(POLLIN, deadline));
    } else if (errno != EINTR) {
      return lost(errno, "receiving");
    }
  }
}

Socket::Waiting Socket::waiting() const {
  char one = 0;
  const ssize_t got = ::recv(fd_.get(), &one, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return Waiting::kBytes;
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? Waiting::kNothing : Waiting::kEnd;
}

}  // namespace sideband
