// What a user of Redis may do, asked without writing: by redis.acl_check_cmd in a script where the
// user may run scripts (https://redis.io/docs/latest/develop/interact/programmability/lua-api/,
// since 7.0), else by reading a key that nobody has.
#pragma once

#include "drivers/redis/collection.h"
#include "ports/grants.h"

namespace sideband {

Result<GrantReport> redis_grants(RedisConnection& connection, const RedisOptions& options,
                                 const std::string& user, const GrantNeeds& needs,
                                 const Deadline& deadline);

}  // namespace sideband
