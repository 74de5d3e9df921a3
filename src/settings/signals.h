// What configuration can tell of signals, and of the rules that rest on them.
#pragma once

#include "settings/checks.h"

namespace sideband::policy {

// One of the ways to measure is written, by a target whose driver has it, and it makes sense there;
// sets the signal's unit.
void check_signal(const CheckContext& context, const config::Node& node, SignalSettings& signal);

// This Signal is there and has a detector, as whatever waits for a detector needs.
void check_detecting_signal(const CheckContext& context, const ReconcilerSettings& reconciler,
                            const std::string& path, const std::string& signal);

// The rules of every reconciler and of the site: their signals are there, and thresholds fit them.
void check_signal_rules(const CheckContext& context);

}  // namespace sideband::policy
