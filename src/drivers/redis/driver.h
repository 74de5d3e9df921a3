// The Redis driver: caches, flags and counters that live in one Redis server.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "drivers/context.h"
#include "drivers/redis/connections.h"
#include "ports/driver.h"

namespace sideband {

// connect: host, port, socket, db, user, password, timeout. Options of a collection: key, type,
// maxSize, fence. See README.md. Not for servers in cluster mode.
class RedisDriver final : public Driver {
 public:
  explicit RedisDriver(const DriverContext& context) : context_(context) {}

  [[nodiscard]] std::string_view name() const override { return "redis"; }
  Result<std::unique_ptr<Collection>> open(const TargetSettings& target,
                                           const CollectionSettings& collection,
                                           Role role) override;
  Result<GrantReport> grants(const TargetSettings& target, const CollectionSettings& collection,
                             Role role, const GrantNeeds& needs) override;
  Result<std::unique_ptr<Signal>> signal(const TargetSettings& target, const std::string& kind,
                                         const DriverOptions& options) override;
  Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                      const CollectionSettings& collection, Role role) override;

 private:
  std::shared_ptr<RedisConnections> connections_of(const TargetSettings& target,
                                                   const RedisEndpoint& endpoint)
      SB_EXCLUDES(mutex_);

  const DriverContext context_;
  Mutex mutex_;
  // By target. When its settings changed, what is opened from then on gets new ones.
  std::map<std::string, std::shared_ptr<RedisConnections>> connections_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
