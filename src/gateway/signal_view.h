// A signal as the API shows it.
#pragma once

#include <string>

#include "engine/signals/signal_status.h"

namespace sideband {

// As of `now`: `state` is ok, unknown, or unused where nothing rests on it.
std::string signal_view(const SignalStatus& signal, WallTime now);

}  // namespace sideband
