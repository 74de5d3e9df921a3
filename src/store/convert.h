// Rewrites rows of older stores, where a new schema says more than SQL can derive.
#pragma once

#include "store/connection.h"

namespace sideband {

// Schema 4: what a head said in a sentence ("source: suspect source: ...") becomes gates, and the
// last good count of the desired side the state of the source; names of released gates that there
// are not are dropped: they released nothing.
Result<void> convert_heads_and_releases(Connection& connection);

}  // namespace sideband
