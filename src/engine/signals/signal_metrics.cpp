#include "engine/signals/signal_metrics.h"

namespace sideband {

void SignalMetrics::read(const std::string& signal, std::optional<double> value,
                         std::optional<Duration> age) {
  const MetricLabels labels = {{"signal", signal}};
  metrics_
      .gauge("sideband_signal_readable", "Whether the signal has a reading that counts: 0 or 1.",
             labels)
      .set(value ? 1 : 0);
  if (value) {
    metrics_.gauge("sideband_signal_value", "The last reading that counted.", labels).set(*value);
  }
  if (!age) return;
  metrics_
      .gauge("sideband_signal_age_seconds", "Age of the last reading when it was looked at.",
             labels)
      .set(static_cast<double>(age->count()) / 1e6);
}

void SignalMetrics::failed(const std::string& signal, std::string_view kind) {
  metrics_
      .counter("sideband_signal_errors_total", "Attempts that brought no reading, by kind.",
               {{"signal", signal}, {"kind", std::string(kind)}})
      .add(1);
}

void SignalMetrics::detected(const std::string& signal,
                             const detectors::WatchedDetector& detector) {
  const MetricLabels labels = {{"signal", signal}};
  metrics_
      .gauge("sideband_detector_firing", "Whether the signal's detector fired when it last knew.",
             labels)
      .set(detector.firing() ? 1 : 0);
  metrics_
      .gauge("sideband_detector_fires_day", "How often it began to fire within the last day.",
             labels)
      .set(static_cast<double>(detector.fires()));
  for (const detectors::PauseReason reason :
       {detectors::PauseReason::kErrors, detectors::PauseReason::kStale,
        detectors::PauseReason::kNoisy}) {
    metrics_
        .gauge("sideband_detector_paused", "Whether its own health paused the detector, by reason.",
               {{"signal", signal}, {"reason", std::string(pause_reason_name(reason))}})
        .set(detector.reason() == reason ? 1 : 0);
  }
}

void SignalMetrics::throttled(const std::string& signal, const std::string& reconciler,
                              std::int64_t per_second) {
  metrics_
      .gauge("sideband_throttle_changes_per_second",
             "How fast gates.throttle lets the reconciler repair, by signal.",
             {{"signal", signal}, {"reconciler", reconciler}})
      .set(static_cast<double>(per_second));
}

void SignalMetrics::holds(const std::string& signal, const std::string& reconciler, bool back) {
  metrics_
      .gauge("sideband_signal_holds", "Whether the signal holds the reconciler back: 0 or 1.",
             {{"signal", signal}, {"reconciler", reconciler}})
      .set(back ? 1 : 0);
}

}  // namespace sideband
