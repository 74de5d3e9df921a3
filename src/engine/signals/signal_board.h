// What every signal of this process said last.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "model/detection.h"
#include "model/settings.h"
#include "policy/facts.h"
#include "ports/signal.h"

namespace sideband {

struct SignalState {
  std::optional<SignalReading> reading;  // the last one that counts
  Duration max_age{0};                   // SignalSettings::max_age
  WallTime asked_at;
  std::string error;                        // why the last attempt brought none; empty: it did
  std::optional<Detection> detection = {};  // of a signal with a detector, once it was asked
};

// The value that counts at `now`, or why there is none.
Fact<double> value_of(const SignalState& state, WallTime now);
// Whether its detector fires, 1 or 0, or why that is not known.
Fact<double> detected_by(const SignalState& state, WallTime now);
// The number that a rule compares: one of both.
Fact<double> number_for(const SignalCondition& rule, const SignalState& state, WallTime now);

// Thread-safe; never blocks for long.
class SignalBoard {
 public:
  void put(const std::string& signal, SignalState state) SB_EXCLUDES(mutex_);
  // Of a signal that is not read any more.
  void drop(const std::string& signal) SB_EXCLUDES(mutex_);
  [[nodiscard]] std::optional<SignalState> state(const std::string& signal) const
      SB_EXCLUDES(mutex_);
  [[nodiscard]] Fact<double> value(const std::string& signal, WallTime now) const
      SB_EXCLUDES(mutex_);
  // What rules compare, as a function, which must not outlive the board.
  [[nodiscard]] std::function<Fact<double>(const SignalCondition&, WallTime)> numbers() const {
    return [this](const SignalCondition& rule, WallTime now) {
      const auto known = state(rule.signal);
      return known ? number_for(rule, *known, now) : Fact<double>::unknown(kNotReadYet);
    };
  }

 private:
  static constexpr const char* kNotReadYet = "it was not read yet";

  mutable Mutex mutex_;
  std::map<std::string, SignalState> states_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
