#include "drivers/redis/driver.h"

#include "drivers/redis/collection.h"
#include "drivers/redis/feed.h"
#include "drivers/redis/grants.h"
#include "drivers/redis/settings.h"
#include "drivers/redis/signal.h"

namespace sideband {
std::shared_ptr<RedisConnections> RedisDriver::connections_of(const TargetSettings& target,
                                                              const RedisEndpoint& endpoint) {
  const auto most = static_cast<std::size_t>(target.limits.connections);
  const MutexLock lock(mutex_);
  auto& shared = connections_[target.name];
  if (shared && shared->most() == most && shared->endpoint().same_as(endpoint)) return shared;
  shared = std::make_shared<RedisConnections>(endpoint, most);
  return shared;
}

Result<std::unique_ptr<Collection>> RedisDriver::open(const TargetSettings& target,
                                                      const CollectionSettings& collection,
                                                      Role role) {
  SB_ASSIGN(const RedisEndpoint endpoint, parse_redis_endpoint(target));
  SB_ASSIGN(RedisOptions options, parse_redis_options(target, collection, role));
  const Duration timeout = endpoint.connect_timeout;
  auto opened = std::make_unique<RedisCollection>(std::move(options),
                                                  connections_of(target, endpoint), context_);
  const auto reachable = opened->check(timeout);
  if (!reachable) return reachable.error().in("target " + target.name);
  return std::unique_ptr<Collection>(std::move(opened));
}

Result<GrantReport> RedisDriver::grants(const TargetSettings& target,
                                        const CollectionSettings& collection, Role role,
                                        const GrantNeeds& needs) {
  SB_ASSIGN(const RedisEndpoint endpoint, parse_redis_endpoint(target));
  SB_ASSIGN(const RedisOptions options, parse_redis_options(target, collection, role));
  const Deadline deadline(context_.clock, needs.timeout);
  auto connection = RedisConnection::open(endpoint, deadline);
  if (!connection) return connection.error().in("target " + target.name);
  const std::string user = endpoint.user.empty() ? "default" : endpoint.user;
  return redis_grants(**connection, options, user, needs, deadline);
}

Result<std::unique_ptr<Signal>> RedisDriver::signal(const TargetSettings& target,
                                                    const std::string& /*kind*/,
                                                    const DriverOptions& options) {
  SB_ASSIGN(const RedisEndpoint endpoint, parse_redis_endpoint(target));
  SB_ASSIGN(RedisMeasure measure, parse_redis_signal(target, options));
  return std::unique_ptr<Signal>(std::make_unique<RedisSignal>(
      target.name, std::move(measure), connections_of(target, endpoint), context_.clock));
}

Result<std::unique_ptr<Feed>> RedisDriver::watch(const TargetSettings& target,
                                                 const CollectionSettings& collection, Role role) {
  SB_ASSIGN(const RedisEndpoint endpoint, parse_redis_endpoint(target));
  SB_ASSIGN(const RedisOptions options, parse_redis_options(target, collection, role));
  auto feed = RedisFeed::open(endpoint, options.keys, options.type, context_.clock);
  if (!feed) return feed.error().in("target " + target.name);
  return std::unique_ptr<Feed>(std::move(*feed));
}

}  // namespace sideband
