#include "engine/signals/signal_board.h"

#include <fmt/format.h>

#include "base/units.h"

namespace sideband {
namespace {

Duration whole_milliseconds(Duration duration) {
  return std::chrono::floor<std::chrono::milliseconds>(duration);
}

}  // namespace

// One from the future is as odd as one that is too old: some clock is wrong.
Fact<double> value_of(const SignalState& state, WallTime now) {
  if (!state.reading) return Fact<double>::unknown(state.error);
  const Duration age = now - state.reading->measured_at;
  if (age > state.max_age) {
    std::string why =
        fmt::format("its last reading is {} old, maxAge {}",
                    format_duration(whole_milliseconds(age)), format_duration(state.max_age));
    if (!state.error.empty()) why += "; since then: " + state.error;
    return Fact<double>::unknown(std::move(why));
  }
  if (age < -state.max_age) {
    return Fact<double>::unknown(fmt::format("its last reading is {} in the future",
                                             format_duration(whole_milliseconds(-age))));
  }
  return state.reading->value;
}

Fact<double> detected_by(const SignalState& state, WallTime now) {
  if (!state.detection) {
    std::string why = "its detector was not asked yet";
    if (!state.error.empty()) why += ": " + state.error;
    return Fact<double>::unknown(std::move(why));
  }
  const Detection& said = *state.detection;
  const Duration age = now - said.at;
  if (age > state.max_age || age < -state.max_age) {
    std::string why =
        fmt::format("its detector heard a reading {} ago, maxAge {}",
                    format_duration(whole_milliseconds(age)), format_duration(state.max_age));
    if (!state.error.empty()) why += "; since then: " + state.error;
    return Fact<double>::unknown(std::move(why));
  }
  if (said.answer == Detected::kUnknown) {
    return Fact<double>::unknown("its detector does not know: " + said.why);
  }
  return said.answer == Detected::kFiring ? 1.0 : 0.0;
}

Fact<double> number_for(const SignalCondition& rule, const SignalState& state, WallTime now) {
  return rule.detected ? detected_by(state, now) : value_of(state, now);
}

void SignalBoard::put(const std::string& signal, SignalState state) {
  const MutexLock lock(mutex_);
  states_[signal] = std::move(state);
}

void SignalBoard::drop(const std::string& signal) {
  const MutexLock lock(mutex_);
  states_.erase(signal);
}

std::optional<SignalState> SignalBoard::state(const std::string& signal) const {
  const MutexLock lock(mutex_);
  const auto found = states_.find(signal);
  return found == states_.end() ? std::nullopt : std::optional(found->second);
}

Fact<double> SignalBoard::value(const std::string& signal, WallTime now) const {
  const auto known = state(signal);
  if (!known) return Fact<double>::unknown(kNotReadYet);
  return value_of(*known, now);
}

}  // namespace sideband
