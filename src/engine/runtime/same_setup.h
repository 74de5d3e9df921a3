// Whether what runs under one configuration may go on under another.
#pragma once

#include "model/settings.h"

namespace sideband {

// Whether both are opened by the same, credentials included: they are in no document.
bool same_access(const TargetSettings& a, const TargetSettings& b);

// Whether what `mine` is made of is the same in both; its version covers its targets' documents.
bool same_setup(const Settings& a, const Settings& b, const ReconcilerSettings& mine);

}  // namespace sideband
