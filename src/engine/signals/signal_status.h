// How the configured signals stand, and what they hold back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/engine.h"

namespace sideband {

struct SignalUse {
  std::string reconciler;
  PauseRule rule;
  std::optional<SignalHold> hold;  // nothing: it was not judged for this reconciler yet
};

struct SignalStatus {
  SignalSettings settings;
  std::optional<SignalState> state;  // nothing: it is not read, or was not yet
  std::vector<SignalUse> uses;
};

// Of all configured signals, by name. Blocks on nothing but the reader.
Result<std::vector<SignalStatus>> gather_signal_status(StoreReader& store, const Engine& engine);

}  // namespace sideband
