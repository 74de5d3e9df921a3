// What a configuration says of a Redis server and its keys. Pure.
#pragma once

#include "config/field_table.h"
#include "drivers/redis/collection.h"
#include "drivers/redis/connection.h"
#include "ports/driver.h"

namespace sideband {

// Both: the first mistake is the error, for a person; it is added to `faults` too, if given.
Result<RedisEndpoint> parse_redis_endpoint(const TargetSettings& target,
                                           config::OptionFaults* faults = nullptr);
Result<RedisOptions> parse_redis_options(const TargetSettings& target,
                                         const CollectionSettings& collection, Role role,
                                         config::OptionFaults* faults = nullptr);

}  // namespace sideband
