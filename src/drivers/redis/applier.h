// Sends the changes of one apply as pipelined script calls and gathers their outcomes.
#pragma once

#include <vector>

#include "drivers/redis/connection.h"
#include "drivers/redis/script.h"

namespace sideband {

// Outcomes in the order of `changes`, all of which are sound. An error before anything was sent, or
// one reply of the server that refused everything, has Effect::kNone; an error on the way has
// kMaybe, and the connection is then broken.
Result<std::vector<ChangeOutcome>> apply_scripts(RedisConnection& connection,
                                                 const ScriptContext& context,
                                                 const std::vector<const Change*>& changes,
                                                 const Deadline& deadline);

}  // namespace sideband
