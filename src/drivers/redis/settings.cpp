#include "drivers/redis/settings.h"

#include "drivers/options.h"

namespace sideband {
namespace {

Result<RedisType> parse_type(const OptionReader& options) {
  const std::string type = options.text_or("type", "string");
  if (type == "string") return RedisType::kString;
  if (type == "hash") return RedisType::kHash;
  return options.wrong("type", "must be string or hash");
}

}  // namespace

Result<RedisEndpoint> parse_redis_endpoint(const TargetSettings& target,
                                           config::OptionFaults* faults) {
  const OptionReader connect(target.connect, "target " + target.name, faults);
  RedisEndpoint out;
  out.socket = connect.text_or("socket", "");
  SB_ASSIGN(out.host, connect.host_or("127.0.0.1"));
  SB_ASSIGN(const std::int64_t port, connect.count_or("port", 6379));
  if (port < 1 || port > 65535) return connect.wrong("port", "must be 1 to 65535");
  out.port = static_cast<std::uint16_t>(port);
  out.user = connect.text_or("user", "");
  out.password = Secret(connect.text_or("password", ""));
  SB_ASSIGN(out.db, connect.count_or("db", 0));
  SB_ASSIGN(out.connect_timeout, connect.duration_or("timeout", out.connect_timeout));
  return out;
}

Result<RedisOptions> parse_redis_options(const TargetSettings& target,
                                         const CollectionSettings& collection, Role role,
                                         config::OptionFaults* faults) {
  const OptionReader options(collection.options, "collection on " + target.name, faults);
  RedisOptions out;
  SB_ASSIGN(const std::string key, options.text("key"));
  auto keys = KeyTemplate::parse(key, collection.keys, collection.key_columns);
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
  out.gentle = target.limits.rates();
  out.target = target.name;
  return out;
}

}  // namespace sideband
