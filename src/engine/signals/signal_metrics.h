// Metrics of signals.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/metrics.h"
#include "detectors/watched_detector.h"

namespace sideband {

// Thread-safe. `metrics` must outlive it.
class SignalMetrics {
 public:
  explicit SignalMetrics(Metrics& metrics) : metrics_(metrics) {}

  // An attempt to read it: the value that counts now, if any, and how old its reading is.
  void read(const std::string& signal, std::optional<double> value, std::optional<Duration> age);
  // It brought no reading; `kind` is an error_code_name, or "foreign".
  void failed(const std::string& signal, std::string_view kind);
  // How its detector stands after an attempt; on the node that feeds it.
  void detected(const std::string& signal, const detectors::WatchedDetector& detector);
  // How fast a rule of gates.throttle on this signal lets the reconciler repair.
  void throttled(const std::string& signal, const std::string& reconciler, std::int64_t per_second);
  // Whether a rule of it holds this reconciler back.
  void holds(const std::string& signal, const std::string& reconciler, bool back);

 private:
  Metrics& metrics_;
};

}  // namespace sideband
