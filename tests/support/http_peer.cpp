#include "support/http_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cctype>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace sideband {
namespace {

int to_ms(Duration time) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

bool ready(int fd, short what, Duration limit) {
  pollfd wanted{fd, what, 0};
  return poll(&wanted, 1, to_ms(limit)) == 1;
}

template <class Address>
Fd connected_to(int family, const Address& address) {
  Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SB_CHECK(fd.valid());
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(fd.get(), plain, sizeof address) == 0 ? std::move(fd) : Fd();
}

HttpAnswer parse_head(const std::string& head) {
  HttpAnswer answer;
  if (!head.starts_with("HTTP/1.")) return answer;
  answer.status = std::atoi(head.c_str() + std::strlen("HTTP/1.1 "));
  for (std::size_t at = head.find("\r\n"); at != std::string::npos;) {
    const std::size_t begin = at + 2;
    at = head.find("\r\n", begin);
    const std::string line = head.substr(begin, at == std::string::npos ? at : at - begin);
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    answer.headers[name] = line.substr(colon + 2);
  }
  return answer;
}

}  // namespace

HttpPeer::HttpPeer(const std::string& unix_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  SB_CHECK(unix_path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, unix_path.c_str(), unix_path.size() + 1);
  fd_ = connected_to(AF_UNIX, address);
}

HttpPeer::HttpPeer(const std::string& address, int port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(static_cast<std::uint16_t>(port));
  SB_CHECK(inet_pton(AF_INET, address.c_str(), &in.sin_addr) == 1);
  fd_ = connected_to(AF_INET, in);
}

std::size_t HttpPeer::send(std::string_view bytes, Duration limit) {
  std::size_t sent = 0;
  while (fd_.valid() && sent < bytes.size() && ready(fd_.get(), POLLOUT, limit)) {
    const ssize_t took =
        ::send(fd_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (took <= 0) break;
    sent += static_cast<std::size_t>(took);
  }
  return sent;
}

bool HttpPeer::fill(Duration limit) {
  char part[16384];
  if (!fd_.valid() || !ready(fd_.get(), POLLIN, limit)) return false;
  const ssize_t got = ::recv(fd_.get(), part, sizeof part, 0);
  if (got <= 0) return false;
  buffer_.append(part, static_cast<std::size_t>(got));
  return true;
}

HttpAnswer HttpPeer::receive(Duration limit) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(limit)) return {};
  }
  HttpAnswer answer = parse_head(buffer_.substr(0, end));
  const std::size_t length =
      static_cast<std::size_t>(std::atoll(answer.headers["content-length"].c_str()));
  buffer_.erase(0, end + 4);
  while (buffer_.size() < length) {
    if (!fill(limit)) return {};
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

bool HttpPeer::closed(Duration limit) {
  if (!buffer_.empty() || !fd_.valid()) return !fd_.valid();
  if (!ready(fd_.get(), POLLIN, limit)) return false;
  return !fill(limit);
}

std::string http_request(const std::string& method, const std::string& path,
                         const std::string& token, const std::string& body,
                         const std::string& more) {
  std::string out = method + " " + path + " HTTP/1.1\r\nHost: sideband\r\n" + more;
  if (!token.empty()) out += "Authorization: Bearer " + token + "\r\n";
  if (!body.empty() || method == "POST") {
    out += "Content-Type: application/json\r\n";
    out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return out + "\r\n" + body;
}

}  // namespace sideband
