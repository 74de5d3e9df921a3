#include "detectors/threshold.h"

namespace sideband::detectors {

const SettingTable& Threshold::table() {
  static const SettingTable kTable = {
      {"above", Form::kNumber, "", "fires for values above it"},
      {"below", Form::kNumber, "", "fires for values below it"},
      {"clear", Form::kNumber, "", "how far back inside a value has to come to clear; the limit"},
      {"for", Form::kDuration, "0s", "how long it has to be outside, at every point"},
  };
  return kTable;
}

Result<Threshold> Threshold::make(const Settings& settings) {
  SB_ASSIGN(const Limits limits, Limits::from(settings));
  return Threshold(limits);
}

Finding Threshold::no_value(WallTime /*time*/) {
  limits_.forget_pending();
  return {State::kUnknown, 0, {Cause::kNoValue}};
}

}  // namespace sideband::detectors
