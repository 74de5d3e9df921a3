#include "detectors/rate_of_change.h"

#include <algorithm>

namespace sideband::detectors {

const SettingTable& RateOfChange::table() {
  static const SettingTable kTable = {
      {"above", Form::kNumber, "", "fires when it rises by more than this a second"},
      {"below", Form::kNumber, "", "fires when it rises by less; negative for a fall"},
      {"clear", Form::kNumber, "", "how far back inside the rate has to come; the limit"},
      {"for", Form::kDuration, "0s", "how long it has to be outside, at every point"},
      {"window", Form::kDuration, "5m", "over which time the rate is taken"},
      {"counter", Form::kFlag, "false", "it only rises: a fall is a new beginning from 0"},
  };
  return kTable;
}

Result<RateOfChange> RateOfChange::make(const Settings& settings) {
  SB_ASSIGN(const Limits limits, Limits::from(settings));
  SB_ASSIGN(const Duration window, settings.duration("window"));
  if (window <= Duration(0)) return Error::invalid("window=0s has no rate: say a time above 0s");
  return RateOfChange(limits, window, settings.flag("counter"));
}

double RateOfChange::without_resets(double value) {
  if (counter_ && value < last_) {
    offset_ += last_;
    ++resets_;
  }
  last_ = value;
  return value + offset_;
}

void RateOfChange::keep(WallTime time, double value) {
  const auto inside = [&](const Kept& kept) { return time - kept.time <= window_; };
  kept_.erase(kept_.begin(), std::find_if(kept_.begin(), kept_.end(), inside));
  if (kept_.empty() || time - kept_.back().time >= window_ / kSlots) kept_.push_back({time, value});
}

Finding RateOfChange::judge(WallTime time, double value) {
  if (kept_.empty()) last_ = value;  // whether it began anew before the window is not known
  const double whole = without_resets(value);
  keep(time, whole);
  const Kept& oldest = kept_.front();
  const Duration covered = time - oldest.time;
  if (covered <= Duration(0) || covered < window_ / 2) {
    limits_.forget_pending();
    Why why{Cause::kTooFewPoints};
    why.with("coveredSeconds", std::chrono::duration<double>(covered).count());
    return {State::kUnknown, 0, why};
  }
  const double seconds = std::chrono::duration<double>(covered).count();
  Finding found = limits_.judge(time, whole / seconds - oldest.value / seconds);
  if (counter_) found.why.with("resets", static_cast<double>(resets_));
  return found;
}

Finding RateOfChange::no_value(WallTime /*time*/) {
  limits_.forget_pending();
  return {State::kUnknown, 0, {Cause::kNoValue}};
}

}  // namespace sideband::detectors
