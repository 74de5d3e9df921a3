// A real PostgreSQL server for tests, on a unix socket in a folder of its own.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "support/temp_dir.h"

namespace sideband {

// One server for a test process, started at first use and ended with it. fsync is off: these tests
// are about behaviour, not about power loss.
class PostgresServer {
 public:
  // Null when the binaries are missing or the server does not start; says so on stderr.
  static PostgresServer* shared();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The connection string of a new, empty database.
  std::string new_database() { return connection_string(create_database()); }
  // The name of a new, empty database, and how its owner connects to one.
  std::string create_database();
  [[nodiscard]] std::string connection_string(const std::string& database) const;
  // Where its unix socket is.
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  // Ends every connection to the server, as a restart would.
  void drop_connections();
  // Ends the server as an administrator would, and starts it again.
  void restart();

 private:
  PostgresServer() = default;
  bool start();
  bool run_server();

  TempDir folder_;
  pid_t pid_ = 0;
  int databases_ = 0;
};

}  // namespace sideband
