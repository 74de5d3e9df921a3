// The connections to one target, shared by its Collections.
#pragma once

#include <memory>

#include "drivers/pool.h"
#include "drivers/postgres/client/connection.h"

namespace sideband {

// Thread-safe. Keeps at most `keep` idle ones. Callers hold as many at once as the target's limits
// let calls run, and an idle one is always used first: so there are never more than that in all.
class PgConnections {
 public:
  PgConnections(PgEndpoint endpoint, std::size_t keep)
      : endpoint_(std::move(endpoint)), keep_(keep), idle_(keep) {}

  [[nodiscard]] const PgEndpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] std::size_t most() const { return keep_; }

  // One that is sound as far as can be seen without asking; the deadline bounds its statements.
  Result<std::unique_ptr<PgConnection>> take(const Deadline& deadline) {
    if (deadline.passed()) return Error::timeout("no time left for PostgreSQL", Effect::kNone);
    auto one = idle_.take();
    // The server may have been started again meanwhile.
    while (one != nullptr && !one->alive()) one = idle_.take();
    if (one == nullptr) {
      SB_ASSIGN(one, PgConnection::open(endpoint_, deadline));
    }
    SB_TRY(one->bound(deadline));
    return one;
  }
  void give(std::unique_ptr<PgConnection> one) {
    if (one->fit()) idle_.give(std::move(one));
  }
  // What the idle ones lead to refuses: after a failover new ones may lead to another server.
  void drop_idle() { idle_.clear(); }

 private:
  const PgEndpoint endpoint_;
  const std::size_t keep_;
  Pool<PgConnection> idle_;
};

}  // namespace sideband
