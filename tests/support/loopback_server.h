// A server on loopback that says what a proper one never would.
#pragma once

#include <sys/types.h>

#include <functional>
#include <list>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace sideband {

// Listens on a free port of 127.0.0.1; `serve` runs for each connection, on a thread of its own,
// until it returns or the server goes, which ends its connections.
class LoopbackServer {
 public:
  using Serve = std::function<void(int fd)>;
  explicit LoopbackServer(Serve serve);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  // Waits until every connection has ended and is closed; false when one is left after `limit`.
  bool await_idle(Duration limit);

 private:
  struct Client {
    Fd fd;
    Thread worker;
    bool ended = false;
  };
  void accept_all();
  void work(Client& client);
  void remove_ended() SB_REQUIRES(mutex_);

  const Serve serve_;
  Fd listener_;
  int port_ = 0;
  Mutex mutex_;
  CondVar some_ended_;
  std::list<Client> clients_ SB_GUARDED_BY(mutex_);
  Thread acceptor_;
};

// Answers Redis commands by their name, in small letters, with bytes that the test says; "+OK" to
// others, and INFO as a server that is in no cluster. Shares no code with the driver.
class FakeRedis {
 public:
  using Answers = std::map<std::string, std::string>;
  // `flood`: sent behind the answer to a command of `answers`, again and again.
  explicit FakeRedis(Answers answers, std::string flood = "");
  [[nodiscard]] int port() const { return server_.port(); }

 private:
  void serve(int fd);
  bool answer(int fd, const std::string& command);

  const Answers answers_;
  const std::string flood_;
  LoopbackServer server_;
};

}  // namespace sideband
