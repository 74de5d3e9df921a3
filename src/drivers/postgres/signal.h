// What a query on a PostgreSQL database answers, as a signal.
#pragma once

#include "drivers/postgres/client/connections.h"
#include "ports/signal.h"

namespace sideband {

// Thread-safe. Each reading is one read-only transaction over one of the target's connections,
// which is rolled back. The server says with it who it is.
class PgSignal final : public Signal {
 public:
  PgSignal(std::string target, std::string query, std::shared_ptr<PgConnections> connections,
           const Clock& clock)
      : target_(std::move(target)),
        query_(std::move(query)),
        connections_(std::move(connections)),
        clock_(clock) {}

  Result<SignalReading> read(Duration timeout) override;

 private:
  const std::string target_;
  const std::string query_;
  const std::shared_ptr<PgConnections> connections_;
  const Clock& clock_;
};

}  // namespace sideband
