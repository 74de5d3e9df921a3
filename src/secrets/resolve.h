// Credentials by reference: puts the values of `valueFrom: {env: NAME}` and `{file: PATH}` where
// the drivers read them. Called at start and at each reload, so that a rotated credential is picked
// up.
#pragma once

#include "base/result.h"
#include "model/settings.h"

namespace sideband {

// Replaces every "KEY.env" and "KEY.file" of each target's connect options by "KEY". A variable
// that is not set, or a file that cannot be read, is an error that names the target and the
// reference; never the value. One trailing newline of a file is dropped.
Result<void> resolve_secrets(Settings& settings);

}  // namespace sideband
