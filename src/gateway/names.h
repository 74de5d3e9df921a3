// Names that people give to routes: a misspelt one is an error that says so, never an empty answer.
#pragma once

#include <string>

#include "model/pause_scope.h"
#include "model/settings.h"
#include "ports/store.h"

namespace sideband {

// Each is kNotFound with a guess when there is none of that name.
Result<void> check_reconciler(const Settings& settings, const std::string& name);
Result<void> check_playbook(const Settings& settings, const std::string& name);

// A reconciler, or "playbook/NAME": what can be paused, and what decisions and repairs are of. One
// that was taken out of the configuration is known as long as the store has something of it.
Result<void> check_scope(const Settings& settings, StoreReader& reader, const std::string& name);

// What a pause may name: the same, an owner that something configured has, or a Target. Also what
// is paused by that name.
Result<void> check_pause_scope(const Settings& settings, StoreReader& reader,
                               const PauseScope& scope);

}  // namespace sideband
