// A real PostgreSQL server for tests, on a unix socket in a folder of its own.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "support/temp_dir.h"

namespace sideband {

// One server for a test process, started at first use and ended with it. fsync is off: these tests
// are about behaviour, not about power loss.
class PostgresServer {
 public:
  // Null when the binaries are missing or the server does not start; says so on stderr.
  static PostgresServer* shared();
  // A server of the caller's own, and one that follows `primary` by streaming; null as above.
  static std::unique_ptr<PostgresServer> make();
  static std::unique_ptr<PostgresServer> standby_of(const PostgresServer& primary);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The connection string of a new, empty database.
  std::string new_database() { return connection_string(create_database()); }
  // The name of a new, empty database, and how its owner connects to one.
  std::string create_database();
  [[nodiscard]] std::string connection_string(const std::string& database) const;
  // Where its unix socket is, and the port of it. No TCP unless a restart asks for it.
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  [[nodiscard]] std::string port() const { return std::to_string(port_); }
  // Ends every connection to the server, as a restart would.
  void drop_connections();
  // Ends the server as an administrator would, and starts it again with these arguments more.
  void restart(const std::vector<std::string>& arguments = {});
  // Ends it at once, without a checkpoint, as a crash would; starts it again with what it left.
  void crash();
  void start_again();
  // Makes a primary of a standby; returns when it takes writes.
  void promote();
  // A file in its folder that only the server's user reads; the path.
  std::string add_file(const std::string& name, const std::string& bytes);

 private:
  PostgresServer() = default;
  bool start();
  bool make_folder();
  bool run_server(const std::vector<std::string>& arguments = {});

  TempDir folder_;
  int port_ = 0;
  pid_t pid_ = 0;
  int databases_ = 0;
};

}  // namespace sideband
