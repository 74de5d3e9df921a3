// A real Redis server of a test's own, and a client that shares no code with the driver.
#pragma once

#include <hiredis/hiredis.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace sideband {

// Listens on a unix socket in a folder of its own and on a free loopback port, keeps nothing on
// disk. Ended by its process id when it goes.
class RedisServer {
 public:
  // Returns when the server has said that it is ready. `arguments` go to its command line.
  explicit RedisServer(const std::vector<std::string>& arguments = {});
  ~RedisServer() { stop(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] std::string socket() const { return dir_.path("redis.sock"); }
  [[nodiscard]] int port() const { return port_; }
  // Ends the server at once, as a crash would; and starts it again where it was, empty.
  void stop();
  void restart();
  // Stops and continues its process: a server that is alive but does not answer.
  void freeze() const;
  void thaw() const;

 private:
  void start();

  TempDir dir_;
  int port_ = 0;
  std::vector<std::string> command_;
  pid_t pid_ = -1;
};

// Used by one thread at a time. A lost server ends the test program.
class RedisClient {
 public:
  explicit RedisClient(const std::string& socket);

  // Text or status as it is, integers in decimal, nil as "(nil)", errors as they are.
  std::string command(const std::vector<std::string>& words);
  // The elements of an array reply.
  std::vector<std::string> list(const std::vector<std::string>& words);

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  redisReply* ask(const std::vector<std::string>& words);

  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace sideband
