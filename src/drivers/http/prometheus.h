// What Prometheus answers to a query, as a signal, over its HTTP API:
// https://prometheus.io/docs/prometheus/latest/querying/api/
#pragma once

#include <string>

#include "drivers/http/target.h"
#include "ports/signal.h"

namespace sideband {

inline constexpr const char* kPrometheusWord = "prometheus";

struct PrometheusQuery {
  enum class Reduce : std::uint8_t { kLast, kMax, kMin, kMean };
  std::string query;
  Duration over{0};  // 0: an instant query
  Duration step = std::chrono::seconds(15);
  Reduce reduce = Reduce::kLast;
};

// Errors are for a person; what is wrong is added to `faults` too, if given.
Result<PrometheusQuery> parse_prometheus_signal(const TargetSettings& target,
                                                const DriverOptions& options,
                                                config::OptionFaults* faults = nullptr);
// `prometheus: {query | rangeQuery, over, step, reduce}`.
config::SignalKind prometheus_signal_kind();

// What an answer of the API says: the value, and the time that stands beside it. kCorrupt for
// anything but one series or a scalar, for NaN and infinity among its values, and for an error.
// Pure.
Result<SignalReading> prometheus_reading(const std::string& json, const PrometheusQuery& query);

// Thread-safe.
class PrometheusSignal final : public Signal {
 public:
  PrometheusSignal(HttpTarget target, PrometheusQuery query, const Clock& clock)
      : target_(std::move(target)), query_(std::move(query)), clock_(clock) {}

  Result<SignalReading> read(Duration timeout) override;

 private:
  [[nodiscard]] std::string path(WallTime now) const;

  const HttpTarget target_;
  const PrometheusQuery query_;
  const Clock& clock_;
};

}  // namespace sideband
