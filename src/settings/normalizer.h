// Values brought into one form for comparing, by what spec.detect says.
#pragma once

#include "model/settings.h"
#include "policy/compare.h"

namespace sideband::policy {

// For format bytes an empty function: values are compared as they are. For text, line ends become
// LF and those at the end are dropped. For yaml and json the canonical form of the data, without
// the ignored paths that have not expired at `now`, and with sets sorted. The function is pure and
// may be called by several threads; it fails on values that are not of the format.
Normalize make_normalizer(const DetectSettings& detect, WallTime now);

// That, and for compare: declared what is wanted of what was found: its text, in which only what
// differs is edited. Fails where that cannot be done without a loss.
ContentRules make_content_rules(const DetectSettings& detect, WallTime now);

}  // namespace sideband::policy
