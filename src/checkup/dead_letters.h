// Which queues hold dead letters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband::scan {

// By whole words: "orders.dlq", "DeadLetters", "jobs:dead"; not "leaderboard:deadlift".
bool is_dead_letter_name(std::string_view name);

struct RabbitQueue {
  std::string vhost;
  std::string name;
  std::int64_t messages = 0;
  std::string dead_letters_to;  // the queue that gets its dead letters by name; may be empty
};

// The list of the management API (GET /api/queues) or of rabbitmqctl's JSON formatter.
Result<std::vector<RabbitQueue>> parse_rabbit_queues(std::string_view json);

// Those that hold messages and are dead letter queues: by name, or because another queue of the
// same vhost sends its dead letters there.
std::vector<RabbitQueue> dead_letter_queues(const std::vector<RabbitQueue>& queues);

}  // namespace sideband::scan
