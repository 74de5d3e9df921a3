// How a Redis server is: a figure that INFO tells, the length of a key, or how fast it answers.
#pragma once

#include <string>

#include "config/field_table.h"
#include "drivers/redis/connections.h"
#include "model/settings.h"
#include "ports/signal.h"

namespace sideband {

struct RedisMeasure {
  enum class What : std::uint8_t { kInfo, kLength, kLatency };
  What what = What::kLatency;
  std::string name;  // the field of INFO, or the key
};

// Errors are for a person; what is wrong is added to `faults` too, if given.
Result<RedisMeasure> parse_redis_signal(const TargetSettings& target, const DriverOptions& options,
                                        config::OptionFaults* faults = nullptr);
// `redis: {info | length | latency}`.
config::SignalKind redis_signal_kind();

// Thread-safe. Every reading asks INFO too, over the same connection, for who answers.
class RedisSignal final : public Signal {
 public:
  RedisSignal(std::string target, RedisMeasure measure,
              std::shared_ptr<RedisConnections> connections, const Clock& clock)
      : target_(std::move(target)),
        measure_(std::move(measure)),
        connections_(std::move(connections)),
        clock_(clock) {}

  Result<SignalReading> read(Duration timeout) override;

 private:
  Result<SignalReading> read_over(RedisConnection& connection, const Deadline& deadline) const;
  Result<double> value_of(RedisConnection& connection, std::string_view info,
                          const Deadline& deadline) const;

  const std::string target_;
  const RedisMeasure measure_;
  const std::shared_ptr<RedisConnections> connections_;
  const Clock& clock_;
};

}  // namespace sideband
