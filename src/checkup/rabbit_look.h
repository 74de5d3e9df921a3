// The queues of a RabbitMQ of this machine.
#pragma once

#include <cstdint>
#include <string>

#include "base/deadline.h"
#include "base/secret.h"
#include "checkup/dead_letters.h"

namespace sideband::scan {

// By the management API on loopback. Blocks until the deadline at most. kPermission: the
// credentials are refused.
Result<std::vector<RabbitQueue>> rabbit_queues_by_api(std::uint16_t port, const std::string& user,
                                                      const Secret& password,
                                                      const Deadline& deadline);

// By rabbitmqctl, as root. It takes seconds to start.
Result<std::vector<RabbitQueue>> rabbit_queues_by_tool(const Deadline& deadline);

}  // namespace sideband::scan
