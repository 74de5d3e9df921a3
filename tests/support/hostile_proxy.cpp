#include "support/hostile_proxy.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "support/loopback_sockets.h"

namespace sideband {
namespace {

constexpr std::size_t kBlockBytes = 16384;

// False where the other side has gone.
bool receive_block(int fd, std::string& block) {
  block.resize(kBlockBytes);
  const ssize_t got = ::recv(fd, block.data(), block.size(), 0);
  block.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return got > 0;
}

void flood_with(int fd, const std::string& bytes) {
  std::string block;
  while (block.size() < kBlockBytes) block += bytes;
  for (std::size_t sent = 0; sent < AnswerFault::kMaxFlood; sent += block.size()) {
    if (!send_all(fd, block)) return;
  }
}

}  // namespace

std::string described(const AnswerFault& fault) {
  static constexpr const char* kNames[] = {"nothing", "cut", "stall", "replace", "flood"};
  return fmt::format("{} at {}, {} bytes left out, bytes {}", kNames[static_cast<int>(fault.kind)],
                     fault.at, fault.drop, to_hex(fault.bytes.substr(0, 40)));
}

struct HostileProxy::Client {
  int fd;
  Fd upstream;
  std::size_t number;
  std::size_t dropping = 0;  // of the server's next bytes
  bool stalled = false;
};

HostileProxy::HostileProxy(std::string unix_path, int port)
    : unix_path_(std::move(unix_path)),
      upstream_port_(port),
      server_([this](int fd) { relay(fd); }) {}

void HostileProxy::arm(AnswerFault fault) {
  const MutexLock lock(mutex_);
  fault_ = std::move(fault);
  armed_ = true;
  happened_ = false;
  said_ = 0;
  heard_.clear();
}

void HostileProxy::disarm() {
  const MutexLock lock(mutex_);
  armed_ = false;
}

std::vector<HeardAnswer> HostileProxy::heard() {
  const MutexLock lock(mutex_);
  return heard_;
}

bool HostileProxy::happened() {
  const MutexLock lock(mutex_);
  return happened_;
}

void HostileProxy::relay(int fd) {
  Client client{
      fd, unix_path_.empty() ? connect_loopback(upstream_port_) : connect_unix(unix_path_), 0};
  if (!client.upstream.valid()) return;
  {
    const MutexLock lock(mutex_);
    client.number = connections_++;
  }
  for (;;) {
    // A descriptor below 0 is left out of the wait.
    pollfd both[2] = {{fd, POLLIN, 0}, {client.stalled ? -1 : client.upstream.get(), POLLIN, 0}};
    if (::poll(both, 2, -1) <= 0) return;
    if (both[0].revents != 0 && !take_requests(client)) return;
    if (both[1].revents != 0 && !pass_answers(client)) return;
  }
}

bool HostileProxy::take_requests(Client& client) {
  std::string block;
  return receive_block(client.fd, block) &&
         (send_all(client.upstream.get(), block) || client.stalled);
}

// False where the connection is to end.
bool HostileProxy::pass_answers(Client& client) {
  std::string block;
  if (!receive_block(client.upstream.get(), block)) return false;
  const std::size_t left_out = std::min(client.dropping, block.size());
  client.dropping -= left_out;
  const Passage passage = passage_of(client, block.substr(left_out));
  if (!send_all(client.fd, passage.first)) return false;
  switch (passage.fault.kind) {
    case AnswerFault::Kind::kNone:
      return true;
    case AnswerFault::Kind::kCut:
      return false;
    case AnswerFault::Kind::kStall:
      return client.stalled = true;
    case AnswerFault::Kind::kFlood:
      flood_with(client.fd, passage.fault.bytes);
      return false;
    case AnswerFault::Kind::kReplace:
      break;
  }
  const std::size_t dropped = std::min(passage.fault.drop, passage.rest.size());
  client.dropping = passage.fault.drop - dropped;
  return send_all(client.fd, passage.fault.bytes + passage.rest.substr(dropped));
}

HostileProxy::Passage HostileProxy::passage_of(const Client& client, std::string block) {
  const MutexLock lock(mutex_);
  if (!armed_) return {std::move(block), {}, ""};
  heard_.push_back({client.number, block});
  const std::size_t from = said_;
  said_ += block.size();
  const bool here = fault_.kind != AnswerFault::Kind::kNone && !happened_ && fault_.at < said_;
  if (!here) return {std::move(block), {}, ""};
  happened_ = true;
  const std::size_t before = fault_.at - std::min(from, fault_.at);
  return {block.substr(0, before), fault_, block.substr(before)};
}

}  // namespace sideband
