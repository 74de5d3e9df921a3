#include "drivers/driver_fields.h"
#include "drivers/redis/settings.h"
#include "drivers/redis/signal.h"
#include "drivers/spelling.h"

namespace sideband {
namespace {

using enum config::FieldType;

config::Fields connect_fields() {
  return {
      {.key = "host", .doc = "Host name or address.", .fallback = "127.0.0.1"},
      {.key = "port", .type = kCount, .doc = "TCP port.", .fallback = "6379", .minimum = 1},
      {.key = "socket", .doc = "Path of a unix socket, used instead of host and port."},
      {.key = "db", .type = kCount, .doc = "Number of the database.", .fallback = "0"},
      {.key = "user", .doc = "ACL user; without it the user is \"default\"."},
      {.key = "timeout",
       .type = kDuration,
       .doc = "How long connecting may take.",
       .fallback = "3s"},
  };
}

config::Fields collection_fields() {
  return {
      {.key = "key",
       .type = kTemplate,
       .doc =
           "Template of the Redis keys, with a placeholder for each column of the join key and a "
           "text between any two.",
       .required = true,
       .scope = true},
      {.key = "type",
       .type = kEnum,
       .doc =
           "What the keys hold. Of a hash, only the fields under `fields` count, if it is given.",
       .fallback = "string",
       .values = {"string", "hash"}},
      {.key = "maxSize",
       .type = kSize,
       .doc = "Larger values are unknown, never compared.",
       .fallback = "1MiB"},
  };
}

config::Place redis_place(const TargetSettings& target, const CollectionSettings& side) {
  const auto endpoint = parse_redis_endpoint(target);
  if (!endpoint.ok()) return {};
  const std::string server = endpoint->socket.empty() ? host_in_one_spelling(endpoint->host) + ":" +
                                                            std::to_string(endpoint->port)
                                                      : path_in_one_spelling(endpoint->socket);
  return {"redis " + server + "/" + std::to_string(endpoint->db), {side.options.at("key")}};
}

void check_redis_side(const TargetSettings& target, const CollectionSettings& collection,
                      config::Side side, config::OptionFaults& faults) {
  (void)parse_redis_options(target, collection, role_of(side), &faults);
}

}  // namespace

config::DriverFields redis_fields() {
  config::Fields actual = collection_fields();
  actual.push_back({.key = "fence",
                    .type = kBool,
                    .doc =
                        "Keep the highest fencing tokens in the hash sideband:fence:TEMPLATE, so "
                        "that an executor that lost its lease cannot write.",
                    .fallback = "true"});
  return {
      .name = "redis",
      .doc = "Keys of one Redis server that is not in cluster mode.",
      .connect = connect_fields(),
      .credentials = {{.key = "password", .type = kSecret, .doc = "Password for AUTH."}},
      .desired = collection_fields(),
      .actual = std::move(actual),
      .signals = {redis_signal_kind()},
      .check_target =
          [](const TargetSettings& target, config::OptionFaults& faults) {
            (void)parse_redis_endpoint(target, &faults);
          },
      .check_side = check_redis_side,
      .place = redis_place,
      .has_fields =
          [](const DriverOptions& options) {
            const auto type = options.find("type");
            return type != options.end() && type->second == "hash";
          },
      .fields_by = "type: hash",
  };
}

}  // namespace sideband
