// A server on loopback that says what a proper one never would, and a proxy that cuts what a proper
// one says.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

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

 private:
  void accept_all();

  const Serve serve_;
  Fd listener_;
  int port_ = 0;
  Mutex mutex_;
  std::vector<Fd> clients_ SB_GUARDED_BY(mutex_);
  std::vector<Thread> workers_ SB_GUARDED_BY(mutex_);
  Thread acceptor_;
};

// Stands between a client and the server at a unix socket or a port of loopback. Lets through so
// many bytes of what the server says, then closes the connection or says no more.
class CuttingProxy {
 public:
  enum class Then { kCut, kStall };
  explicit CuttingProxy(const std::string& unix_path) : CuttingProxy(unix_path, 0) {}
  explicit CuttingProxy(int port) : CuttingProxy("", port) {}

  [[nodiscard]] int port() const { return server_->port(); }
  // From now on, all connections together.
  void let_through(long bytes, Then then);
  // How many bytes came through since then.
  [[nodiscard]] long passed() const { return passed_; }

 private:
  CuttingProxy(std::string unix_path, int port);
  void relay(int client);
  bool forward(int from, int client);

  const std::string unix_path_;
  const int upstream_port_;
  std::atomic<long> left_{-1};  // below 0 = everything
  std::atomic<long> passed_{0};
  std::atomic<Then> then_{Then::kCut};
  std::unique_ptr<LoopbackServer> server_;  // last: its threads use the others
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
