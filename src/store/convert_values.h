// Schema 6: what the table named_values kept under names becomes rows of typed tables.
#pragma once

#include "store/connection.h"

namespace sideband {

// Keeps pauses, cancels, declined plans, crash counts, windows, buckets, undos of runs, the leader
// and the log's name, and drops the table. Undos of repairs are found in the repairs themselves;
// the turnstile and the probe had nothing to keep. kCorrupt, with the name, on any other name or a
// value that cannot be read: nothing is dropped in silence.
Result<void> convert_named_values(Connection& connection);

}  // namespace sideband
