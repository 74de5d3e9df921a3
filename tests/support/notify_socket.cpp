#include "support/notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace sideband {

NotifySocket::NotifySocket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  SB_CHECK(path().size() < sizeof(address.sun_path));
  std::strcpy(address.sun_path, path().c_str());
  SB_CHECK(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
}

std::optional<std::string> NotifySocket::next(Duration limit) {
  pollfd wanted{socket_.get(), POLLIN, 0};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  if (::poll(&wanted, 1, static_cast<int>(ms)) != 1) return std::nullopt;
  std::string text(4096, '\0');
  const auto got = ::recv(socket_.get(), text.data(), text.size(), 0);
  SB_CHECK(got >= 0);
  text.resize(static_cast<std::size_t>(got));
  return text;
}

std::string NotifySocket::next_with(const std::string& part, Duration limit) {
  const SystemClock clock;
  const MonoTime end = clock.mono() + limit;
  for (MonoTime now = clock.mono(); now < end; now = clock.mono()) {
    const auto message = next(end - now);
    if (message && message->find(part) != std::string::npos) return *message;
  }
  return "";
}

}  // namespace sideband
