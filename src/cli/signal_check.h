// SignalReading signals once from here, for `check --targets` and `plan`. Changes nothing.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/decide/gather_facts.h"
#include "engine/runtime/reconciler_runtime.h"
#include "model/settings.h"
#include "ports/signal.h"

namespace sideband::cli {

// Opens the signal and reads it; blocks for its target's statementTimeout at most.
using AskSignal =
    std::function<Result<SignalReading>(const TargetSettings&, const SignalSettings&)>;
AskSignal ask_by(const TargetConnector& connector);

// One signal as it was read just now.
struct ReadSignal {
  SignalSettings settings;
  Result<SignalReading> reading = Error::unavailable("it was not read");
};

// Every signal of a target; what is own is known to the daemon alone.
std::vector<ReadSignal> read_signals(const Settings& settings, const AskSignal& ask);

// A table of them, nothing where there are none; or a JSON list.
void print_signals(std::ostream& out, const std::vector<ReadSignal>& signals, WallTime now);
std::string signals_json(const std::vector<ReadSignal>& signals, WallTime now);
// "signals: 2 read, 1 without a reading", with its line end.
std::string signals_summary(const std::vector<ReadSignal>& signals);

// For gates: what a signal says when it is asked now.
SignalValues read_when_asked(const Settings& settings, const AskSignal& ask);

}  // namespace sideband::cli
