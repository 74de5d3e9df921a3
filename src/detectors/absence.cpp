#include "detectors/absence.h"

namespace sideband::detectors {

const SettingTable& Absence::table() {
  static const SettingTable kTable = {
      {"within", Form::kDuration, "", "fires when there is no value for longer than this"},
  };
  return kTable;
}

Result<Absence> Absence::make(const Settings& settings) {
  const auto within = settings.duration("within");
  if (!within.ok() || *within <= Duration(0)) {
    return Error::invalid("set within=TIME, such as 10m: how long there may be no value");
  }
  return Absence(*within);
}

Finding Absence::judge_silence(WallTime time) {
  if (!since_) since_ = time;
  const Duration silent = time - *since_;
  Why why{silent > within_ ? Cause::kSilent : Cause::kWithin};
  why.with("silentSeconds", std::chrono::duration<double>(silent).count());
  why.with("withinSeconds", std::chrono::duration<double>(within_).count());
  if (silent > within_) return {State::kFiring, 1, why};
  return {State::kClear, 0, why};
}

Finding Absence::judge(WallTime time, double /*value*/) {
  const Finding found = judge_silence(time);
  since_ = time;
  had_value_ = true;
  return found;
}

Finding Absence::no_value(WallTime time) {
  Finding found = judge_silence(time);
  if (!had_value_ && found.state == State::kClear) found.state = State::kUnknown;
  return found;
}

}  // namespace sideband::detectors
