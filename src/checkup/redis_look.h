// The Redis servers of this machine that answer on loopback or a socket without a password.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checkup/processes.h"
#include "drivers/redis/connection.h"

namespace sideband::scan {

struct RedisPlace {
  int pid = 0;  // 0 = no process is known, only the usual port
  RedisEndpoint endpoint;
  std::string name;  // "127.0.0.1:6379", "/run/redis.sock"
};

// "redis-server 127.0.0.1:6379" → where it answers; nothing for other titles.
std::optional<RedisPlace> redis_place_of(const Process& process);

// All of them, and the usual port when no process is known to have it.
std::vector<RedisPlace> redis_places(const std::vector<Process>& processes);

// A quarter of what is left, for a first answer: a server that hangs must not cost the others
// their turn.
inline Deadline first_answer(const Deadline& deadline) {
  return {deadline.clock(), deadline.left() / 4};
}

// What went wrong there, without its name, which stands before it anyway.
std::string trouble_of(const Error& error, const RedisPlace& place);

// The value of a "name:value" line of INFO; empty when it is not there.
std::string info_value(std::string_view info, std::string_view name);

}  // namespace sideband::scan
