#include "policy/signal_detector.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"

namespace sideband {
namespace {

using detectors::DetectorKind;
using detectors::Finding;
using detectors::HealthLimits;
using detectors::WatchedDetector;

constexpr Duration kLeastStale = std::chrono::minutes(15);
constexpr const char* kSilenceIsItsMatter = "absence";

bool is_number(const std::string& kind, const std::string& setting) {
  for (const DetectorKind& each : detectors::detector_kinds()) {
    if (each.name != kind) continue;
    for (const detectors::SettingRow& row : *each.settings) {
      if (row.name == setting) return row.form == detectors::Form::kNumber;
    }
  }
  return false;
}

// A detector that waits for silence is not paused by it.
HealthLimits limits_of(const SignalSettings& signal) {
  HealthLimits limits;
  limits.most_fires = signal.detector.most_fires;
  limits.quiet = signal.detector.quiet;
  limits.stale_after = signal.detector.kind == kSilenceIsItsMatter
                           ? Duration(0)
                           : std::max(kLeastStale, 3 * signal.max_age);
  return limits;
}

std::string pause_text(const WatchedDetector& detector) {
  return fmt::format(
      "paused ({}): it fired {} times and {:.0f} % of the last day, {} errors in all",
      pause_reason_name(detector.reason()), detector.fires(), 100 * detector.firing_share(),
      detector.errors());
}

Detected answer_of(detectors::State state) {
  switch (state) {
    case detectors::State::kClear:
      return Detected::kClear;
    case detectors::State::kFiring:
      return Detected::kFiring;
    case detectors::State::kUnknown:
      break;
  }
  return Detected::kUnknown;
}

}  // namespace

Result<WatchedDetector> make_detector(const SignalSettings& signal) {
  std::map<std::string, std::string> settings;
  for (const auto& [name, text] : signal.detector.options) {
    settings[name] = text;
    if (!is_number(signal.detector.kind, name)) continue;
    SB_ASSIGN(const Quantity quantity, parse_quantity(text));
    settings[name] = fmt::format("{}", quantity.value);
  }
  SB_ASSIGN(detectors::Detector made, detectors::Detector::make(signal.detector.kind, settings));
  return WatchedDetector(std::move(made), limits_of(signal));
}

Detection hear(WatchedDetector& detector, const HeardReading& heard, const Detection& before,
               WallTime now) {
  Detection said = before;
  if (heard.point) {
    const Finding found = detector.observe(*heard.point);
    said.answer = answer_of(found.state);
    said.why = detectors::why_text(found.why);
    said.at = now;
  } else {
    detector.fail(now);
  }
  detector.look(now);
  said.paused = pause_reason_name(detector.reason());
  if (detector.paused()) {
    said.answer = Detected::kUnknown;
    said.why = pause_text(detector);
    said.at = now;
  }
  if (said.answer != before.answer || said.paused != before.paused) said.since = now;
  return said;
}

}  // namespace sideband
