// A proxy that spoils, at one place, what a real server answers.
#pragma once

#include <string>
#include <vector>

#include "base/mutex.h"
#include "support/loopback_server.h"

namespace sideband {

// What becomes of the server's bytes, and before which of them. The place counts over all
// connections together, from when the proxy was armed.
struct AnswerFault {
  enum class Kind : std::uint8_t {
    kNone,
    kCut,      // the connection ends
    kStall,    // the connection stays, and the server says no more over it
    kReplace,  // `drop` bytes are left out, and `bytes` come in their place
    kFlood,    // `bytes` come again and again, up to kMaxFlood of them; then the connection ends
  };
  static constexpr std::size_t kMaxFlood = std::size_t{32} << 20;

  Kind kind = Kind::kNone;
  std::size_t at = 0;
  std::size_t drop = 0;
  std::string bytes = {};
};

// In the words of a failure message.
std::string described(const AnswerFault& fault);

// One piece of what the server said, and over which connection.
struct HeardAnswer {
  std::size_t connection = 0;
  std::string bytes;
};

// Stands between clients and the server at a unix socket or a port of loopback. A fault happens
// once: what comes over later connections, and behind a replacement, is as the server said it.
// Thread-safe.
class HostileProxy {
 public:
  explicit HostileProxy(const std::string& unix_path) : HostileProxy(unix_path, 0) {}
  explicit HostileProxy(int port) : HostileProxy("", port) {}

  [[nodiscard]] int port() const { return server_.port(); }
  // From now on, until it is disarmed.
  void arm(AnswerFault fault) SB_EXCLUDES(mutex_);
  void disarm() SB_EXCLUDES(mutex_);
  // What the server said between the two, and whether the fault has happened.
  [[nodiscard]] std::vector<HeardAnswer> heard() SB_EXCLUDES(mutex_);
  [[nodiscard]] bool happened() SB_EXCLUDES(mutex_);
  // Waits until no client is connected any more; false when one is after `limit`.
  bool await_idle(Duration limit) { return server_.await_idle(limit); }

 private:
  // What to do with one block of the server's.
  struct Passage {
    std::string first;  // to send before anything else
    AnswerFault fault;  // kNone: nothing happens here
    std::string rest;   // to send behind a replacement
  };
  struct Client;
  HostileProxy(std::string unix_path, int port);
  void relay(int fd) SB_EXCLUDES(mutex_);
  static bool take_requests(Client& client);
  bool pass_answers(Client& client) SB_EXCLUDES(mutex_);
  Passage passage_of(const Client& client, std::string block) SB_EXCLUDES(mutex_);

  const std::string unix_path_;
  const int upstream_port_;
  Mutex mutex_;
  AnswerFault fault_ SB_GUARDED_BY(mutex_);
  bool armed_ SB_GUARDED_BY(mutex_) = false;
  bool happened_ SB_GUARDED_BY(mutex_) = false;
  std::size_t said_ SB_GUARDED_BY(mutex_) = 0;  // bytes of the server since it was armed
  std::size_t connections_ SB_GUARDED_BY(mutex_) = 0;
  std::vector<HeardAnswer> heard_ SB_GUARDED_BY(mutex_);
  LoopbackServer server_;  // last: its threads use the others
};

}  // namespace sideband
