// One connection to a PostgreSQL server of this machine that only reads, with deadlines.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace sideband::scan {

// Connection parameters by libpq's names; what is missing comes from the environment.
using PostgresPlace = std::map<std::string, std::string>;

// Used by one thread. Statements run in one read-only transaction, in which each may take a second
// and wait for a lock for a tenth of one.
class PostgresSession {
 public:
  // Blocks until the deadline at most. Never asks for a password.
  static Result<std::unique_ptr<PostgresSession>> open(const PostgresPlace& place,
                                                       const Deadline& deadline);

  using Rows = std::vector<std::vector<std::string>>;
  // One statement; NULL is an empty text.
  Result<Rows> ask(const char* sql, const Deadline& deadline);

  // 150004 for 15.4.
  [[nodiscard]] int version() const { return PQserverVersion(link_.get()); }

 private:
  struct Close {
    void operator()(PGconn* link) const { PQfinish(link); }
  };
  explicit PostgresSession(PGconn* link) : link_(link) {}
  Result<void> connect(const Deadline& deadline);
  [[nodiscard]] Error failed(const std::string& said) const;

  std::unique_ptr<PGconn, Close> link_;
};

}  // namespace sideband::scan
