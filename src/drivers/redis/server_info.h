// What INFO of a Redis server says of who it is.
#pragma once

#include <string_view>

#include "model/target_identity.h"

namespace sideband {

// The value of a field of INFO, "role" of "role:master\r\n"; empty where there is none.
// https://redis.io/docs/latest/commands/info/
std::string_view info_field(std::string_view info, std::string_view name);

// Who answered with `info`, the text of INFO without a section; `items` are the keys of database
// `db`. Without a data name: Redis has none that lasts. Retry::kWhenReady while it loads: what it
// has is not known yet. kCorrupt where it does not say its run.
Result<TargetIdentity> redis_identity(std::string_view info, std::int64_t db);

}  // namespace sideband
