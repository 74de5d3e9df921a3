// The limits that a reconciler obeys, as people read them, each marked where nobody configured it.
#pragma once

#include <string>

#include "model/settings.h"

namespace sideband {

// A JSON list of {"name", "value", "default"}; those of the site come last.
std::string limits_view(const ReconcilerSettings& settings, const GuardrailSettings* site);

}  // namespace sideband
