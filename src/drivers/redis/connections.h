// The connections to one target, shared by its Collections.
#pragma once

#include <memory>

#include "drivers/pool.h"
#include "drivers/redis/connection.h"

namespace sideband {

// Thread-safe. Keeps at most `keep` idle ones. Callers hold as many at once as the target's limits
// let calls run, and an idle one is always used first: so there are never more than that in all.
class RedisConnections {
 public:
  RedisConnections(RedisEndpoint endpoint, std::size_t keep)
      : endpoint_(std::move(endpoint)), keep_(keep), idle_(keep) {}

  [[nodiscard]] const RedisEndpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] std::size_t most() const { return keep_; }

  Result<std::unique_ptr<RedisConnection>> take(const Deadline& deadline) {
    if (deadline.passed()) return Error::timeout("no time left for Redis", Effect::kNone);
    auto idle = idle_.take_fresh([](const RedisConnection& one) { return !one.fit(); });
    if (idle) return idle;
    return RedisConnection::open(endpoint_, deadline);
  }
  // Only one that is not broken.
  void give(std::unique_ptr<RedisConnection> one) { idle_.give(std::move(one)); }
  // What the idle ones lead to refuses: after a failover new ones may lead to another server.
  void drop_idle() { idle_.clear(); }

 private:
  const RedisEndpoint endpoint_;
  const std::size_t keep_;
  Pool<RedisConnection> idle_;
};

}  // namespace sideband
