// What every signal of this process said last.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "model/settings.h"
#include "policy/facts.h"
#include "ports/signal.h"

namespace sideband {

struct SignalState {
  std::optional<SignalReading> reading;  // the last one that counts
  Duration max_age{0};                   // SignalSettings::max_age
  WallTime asked_at;
  std::string error;  // why the last attempt brought none; empty: it did
};

// The value that counts at `now`, or why there is none.
Fact<double> value_of(const SignalState& state, WallTime now);

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
  // The same as a function, which must not outlive the board.
  [[nodiscard]] std::function<Fact<double>(const std::string&, WallTime)> values() const {
    return [this](const std::string& signal, WallTime now) { return value(signal, now); };
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, SignalState> states_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
