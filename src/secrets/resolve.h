// Credentials by reference: puts the values of `valueFrom: {env: NAME}` and `{file: PATH}` where
// the drivers read them. Called at start and at each reload, so that a rotated credential is picked
// up.
#pragma once

#include "config/messages.h"
#include "model/settings.h"

namespace sideband {

// Replaces every "KEY.env" and "KEY.file" of each target's connect options by "KEY". Where a
// variable is not set, or a file cannot be read or can be written by anybody, the target lacks it
// (TargetSettings::lacks), which names the reference and never the value; the others are not
// concerned. One trailing newline of a file is dropped.
void resolve_secrets(Settings& settings);

// A warning for each target that lacks a credential: no error, because what does not need it works,
// also where a check runs without the daemon's environment.
config::Messages warnings_of_lacking(const Settings& settings);

}  // namespace sideband
