// Reads the states of many keys over one connection, in batches that leave the server responsive.
#pragma once

#include <string>
#include <vector>

#include "drivers/redis/batch_sizer.h"
#include "drivers/redis/connection.h"
#include "drivers/redis/key_template.h"
#include "drivers/redis/script.h"
#include "model/state.h"

namespace sideband {

struct ReadContext {
  RedisType type = RedisType::kString;
  const KeyTemplate& keys;
  const std::vector<std::string>& owned;  // hash: only these fields; empty = all
  std::size_t max_size = 1 << 20;         // larger values are unknown
  bool gentle = false;                    // see RedisOptions
};

// The states of `keys` (join keys), in their order. Strings by MGET, hashes by HGETALL or HMGET. A
// key of another type, or one that this user may not read, is unknown with the reason. After an
// error the connection is broken.
Result<std::vector<Item>> read_items(RedisConnection& connection, const ReadContext& context,
                                     const std::vector<std::string>& keys, BatchSizer& sizer,
                                     const Deadline& deadline);

}  // namespace sideband
