#include "support/loopback_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cctype>

#include "base/check.h"
#include "base/deadline.h"
#include "support/loopback_sockets.h"

namespace sideband {
namespace {

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
  sockaddr_in address = loopback_address(0);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  SB_CHECK(::bind(listener_.get(), plain, size) == 0);
  SB_CHECK(::listen(listener_.get(), 64) == 0);
  SB_CHECK(::getsockname(listener_.get(), plain, &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = Thread("fake acceptor", [this] { accept_all(); });
}

void LoopbackServer::accept_all() {
  for (;;) {
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.valid()) return;
    send_at_once(client.get());
    const MutexLock lock(mutex_);
    remove_ended();
    clients_.emplace_back().fd = std::move(client);
    Client& added = clients_.back();
    added.worker = Thread("fake server", [this, &added] { work(added); });
  }
}

void LoopbackServer::work(Client& client) {
  int fd = -1;
  {
    const MutexLock lock(mutex_);
    fd = client.fd.get();
  }
  serve_(fd);
  ::shutdown(fd, SHUT_RDWR);
  const MutexLock lock(mutex_);
  client.ended = true;
  some_ended_.notify_all();
}

void LoopbackServer::remove_ended() {
  clients_.remove_if([](const Client& client) { return client.ended; });
}

bool LoopbackServer::await_idle(Duration limit) {
  const SystemClock clock;
  const Deadline deadline(clock, limit);
  const MutexLock lock(mutex_);
  for (remove_ended(); !clients_.empty(); remove_ended()) {
    if (!some_ended_.wait_for(mutex_, deadline.left()) && deadline.passed()) return false;
  }
  return true;
}

LoopbackServer::~LoopbackServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  std::list<Client> clients;
  {
    const MutexLock lock(mutex_);
    for (const Client& client : clients_) ::shutdown(client.fd.get(), SHUT_RDWR);
    clients.swap(clients_);
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
