// Whether the desired side is empty, asked behind the reads that found something deletable: a side
// that was emptied meanwhile answers each key with "absent", as it does for a true extra.
#pragma once

#include "base/result.h"
#include "engine/runtime/channel.h"

namespace sideband {

// True when a scan of the desired side ends without one item. Blocks on that side, mostly for one
// small page.
Result<bool> source_is_empty(const Channel& channel);

}  // namespace sideband
