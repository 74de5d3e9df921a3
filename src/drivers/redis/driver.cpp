#include "drivers/redis/driver.h"

#include "drivers/options.h"
#include "drivers/redis/collection.h"
#include "drivers/redis/feed.h"
#include "drivers/redis/grants.h"

namespace sideband {
namespace {

Result<RedisEndpoint> parse_endpoint(const TargetSettings& target) {
  const OptionReader connect(target.connect, "target " + target.name);
  RedisEndpoint out;
  out.socket = connect.text_or("socket", "");
  out.host = connect.text_or("host", "127.0.0.1");
  SB_ASSIGN(const std::int64_t port, connect.count_or("port", 6379));
  if (port < 1 || port > 65535) return connect.wrong("port", "must be 1 to 65535");
  out.port = static_cast<std::uint16_t>(port);
  out.user = connect.text_or("user", "");
  out.password = Secret(connect.text_or("password", ""));
  SB_ASSIGN(out.db, connect.count_or("db", 0));
  SB_ASSIGN(out.connect_timeout, connect.duration_or("timeout", out.connect_timeout));
  return out;
}

Result<RedisType> parse_type(const OptionReader& options) {
  const std::string type = options.text_or("type", "string");
  if (type == "string") return RedisType::kString;
  if (type == "hash") return RedisType::kHash;
  return options.wrong("type", "must be string or hash");
}

Result<RedisOptions> parse_options(const TargetSettings& target,
                                   const CollectionSettings& collection, Role role) {
  const OptionReader options(collection.options, "collection on " + target.name);
  RedisOptions out;
  SB_ASSIGN(const std::string key, options.text("key"));
  auto keys = KeyTemplate::parse(key, collection.keys);
  if (!keys) return options.wrong("key", keys.error().message);
  out.keys = std::move(*keys);
  SB_ASSIGN(out.type, parse_type(options));
  if (out.type == RedisType::kHash) {
    for (const auto& [name, value] : collection.fields) out.owned.push_back(name);
  }
  if (out.owned.size() > 1000) return options.wrong("fields", "at most 1000 fields");
  SB_ASSIGN(const bool fenced, options.flag_or("fence", true));
  out.writable = role == Role::kActual;
  if (fenced && out.writable) out.fence_key = std::string(kOwnKeyPrefix) + "fence:" + key;
  SB_ASSIGN(const std::int64_t max_size, options.size_or("maxSize", 1 << 20));
  out.max_size = static_cast<std::size_t>(max_size);
  out.gentle = target.limits.reads_per_second > 0 || target.limits.bytes_per_second > 0;
  return out;
}

}  // namespace

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
  SB_ASSIGN(const RedisEndpoint endpoint, parse_endpoint(target));
  SB_ASSIGN(RedisOptions options, parse_options(target, collection, role));
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
  SB_ASSIGN(const RedisEndpoint endpoint, parse_endpoint(target));
  SB_ASSIGN(const RedisOptions options, parse_options(target, collection, role));
  const Deadline deadline(context_.clock, needs.timeout);
  auto connection = RedisConnection::open(endpoint, deadline);
  if (!connection) return connection.error().in("target " + target.name);
  const std::string user = endpoint.user.empty() ? "default" : endpoint.user;
  return redis_grants(**connection, options, user, needs, deadline);
}

Result<std::unique_ptr<Feed>> RedisDriver::watch(const TargetSettings& target,
                                                 const CollectionSettings& collection, Role role) {
  SB_ASSIGN(const RedisEndpoint endpoint, parse_endpoint(target));
  SB_ASSIGN(const RedisOptions options, parse_options(target, collection, role));
  auto feed = RedisFeed::open(endpoint, options.keys, options.type, context_.clock);
  if (!feed) return feed.error().in("target " + target.name);
  return std::unique_ptr<Feed>(std::move(*feed));
}

}  // namespace sideband
