#include "support/http_service.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>

#include "support/loopback_sockets.h"

namespace sideband {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

SeenRequest parse(const std::string& head) {
  SeenRequest seen;
  const std::size_t line = head.find("\r\n");
  const std::string first = head.substr(0, line);
  seen.method = first.substr(0, first.find(' '));
  const std::size_t at = first.find(' ') + 1;
  seen.target = first.substr(at, first.rfind(' ') - at);
  for (std::size_t from = line + 2; from < head.size();) {
    const std::size_t end = std::min(head.find("\r\n", from), head.size());
    const std::string header = head.substr(from, end - from);
    const std::size_t colon = header.find(':');
    const std::size_t value = header.find_first_not_of(' ', colon + 1);
    seen.headers[lower(header.substr(0, colon))] =
        value == std::string::npos ? "" : header.substr(value);
    from = end + 2;
  }
  return seen;
}

// False when the client went away.
bool receive(int fd, std::string& into) {
  char part[16384];
  const ssize_t got = ::recv(fd, part, sizeof part, 0);
  if (got <= 0) return false;
  into.append(part, static_cast<std::size_t>(got));
  return true;
}

}  // namespace

bool HttpClientSide::send(std::string_view bytes) const {
  return send_all(fd_, bytes);
}

bool HttpClientSide::answer(int status, const std::string& body, const std::string& headers) const {
  return send("HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers + "Content-Length: " +
              std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
}

bool HttpClientSide::await_end(Duration limit) const {
  pollfd wanted{fd_, POLLRDHUP, 0};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  return ::poll(&wanted, 1, static_cast<int>(ms)) == 1;
}

HttpService::HttpService(Handler handler)
    : handler_(std::move(handler)), server_([this](int client) { serve(client); }) {}

void HttpService::serve(int client) const {
  std::string bytes;
  std::size_t end = 0;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    if (!receive(client, bytes)) return;
  }
  SeenRequest seen = parse(bytes.substr(0, end));
  bytes.erase(0, end + 4);
  const auto length = static_cast<std::size_t>(std::atoll(seen.headers["content-length"].c_str()));
  while (bytes.size() < length) {
    if (!receive(client, bytes)) return;
  }
  seen.body = bytes.substr(0, length);
  handler_(seen, HttpClientSide(client));
}

}  // namespace sideband
