#include "support/loopback_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/check.h"

namespace sideband {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

template <class Address>
const sockaddr* plain(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Fd connect_upstream(const std::string& unix_path, int port) {
  if (unix_path.empty()) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    SB_CHECK(::connect(fd.get(), plain(address), sizeof address) == 0);
    return fd;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  SB_CHECK(unix_path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, unix_path.c_str(), unix_path.size() + 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SB_CHECK(::connect(fd.get(), plain(address), sizeof address) == 0);
  return fd;
}

// The first word of each whole command in `in`, which is taken off.
// "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
std::string take_command(std::string& in) {
  const std::size_t head = in.find("\r\n");
  if (head == std::string::npos) return "";
  std::size_t at = head + 2;
  std::string first;
  for (int words = std::atoi(in.c_str() + 1); words > 0; --words) {
    const std::size_t end = in.find("\r\n", at);
    if (end == std::string::npos) return "";
    const auto size = static_cast<std::size_t>(std::atoll(in.c_str() + at + 1));
    if (in.size() < end + size + 4) return "";
    if (first.empty()) first = in.substr(end + 2, size);
    at = end + size + 4;
  }
  in.erase(0, at);
  std::transform(first.begin(), first.end(), first.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return first;
}

}  // namespace

LoopbackServer::LoopbackServer(Serve serve)
    : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  SB_CHECK(::bind(listener_.get(), plain(address), size) == 0);
  SB_CHECK(::listen(listener_.get(), 64) == 0);
  SB_CHECK(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = Thread("fake acceptor", [this] { accept_all(); });
}

void LoopbackServer::accept_all() {
  for (;;) {
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.valid()) return;
    const int fd = client.get();
    const MutexLock lock(mutex_);
    clients_.push_back(std::move(client));
    workers_.emplace_back("fake server", [this, fd] {
      serve_(fd);
      ::shutdown(fd, SHUT_RDWR);
    });
  }
}

LoopbackServer::~LoopbackServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  const MutexLock lock(mutex_);
  for (const Fd& client : clients_) ::shutdown(client.get(), SHUT_RDWR);
  for (Thread& worker : workers_) worker.join();
}

CuttingProxy::CuttingProxy(std::string unix_path, int port)
    : unix_path_(std::move(unix_path)),
      upstream_port_(port),
      server_(std::make_unique<LoopbackServer>([this](int fd) { relay(fd); })) {}

void CuttingProxy::let_through(long bytes, Then then) {
  then_ = then;
  passed_ = 0;
  left_ = bytes;
}

// False where the connection is to end.
bool CuttingProxy::forward(int from, int client) {
  char block[16384];
  const ssize_t got = ::recv(from, block, sizeof block, 0);
  if (got <= 0) return false;
  const long limit = left_;
  const long taken = limit < 0 ? got : std::min<long>(got, limit);
  if (limit >= 0) left_ = limit - taken;
  passed_ += taken;
  if (!send_all(client, {block, static_cast<std::size_t>(taken)})) return false;
  return taken == got || then_ == Then::kStall;
}

void CuttingProxy::relay(int client) {
  const Fd upstream = connect_upstream(unix_path_, upstream_port_);
  pollfd both[2] = {{client, POLLIN, 0}, {upstream.get(), POLLIN, 0}};
  while (::poll(both, 2, -1) > 0) {
    char block[16384];
    if (both[0].revents != 0) {
      const ssize_t got = ::recv(client, block, sizeof block, 0);
      if (got <= 0) return;
      if (!send_all(upstream.get(), {block, static_cast<std::size_t>(got)})) return;
    }
    if (both[1].revents != 0 && !forward(upstream.get(), client)) return;
  }
}

FakeRedis::FakeRedis(Answers answers, std::string flood)
    : answers_(std::move(answers)),
      flood_(std::move(flood)),
      server_([this](int fd) { serve(fd); }) {}

bool FakeRedis::answer(int fd, const std::string& command) {
  const auto at = answers_.find(command);
  if (at == answers_.end()) {
    const bool info = command == "info";
    return send_all(fd, info ? "$19\r\ncluster_enabled:0\r\n\r\n" : "+OK\r\n");
  }
  if (!send_all(fd, at->second)) return false;
  while (!flood_.empty()) {
    if (!send_all(fd, flood_)) return false;
  }
  return true;
}

void FakeRedis::serve(int fd) {
  std::string in;
  char block[16384];
  for (;;) {
    const ssize_t got = ::recv(fd, block, sizeof block, 0);
    if (got <= 0) return;
    in.append(block, static_cast<std::size_t>(got));
    for (std::string command = take_command(in); !command.empty(); command = take_command(in)) {
      if (!answer(fd, command)) return;
    }
  }
}

}  // namespace sideband
