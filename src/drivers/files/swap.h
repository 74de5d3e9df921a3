// Compare-and-set of one file by renameat2(2): put the new content in place, look at what it
// displaced, and take it back when that was not what had been judged.
//
// The file is exchanged as a whole, so a reader sees the old or the new content, never a mix. What
// can race: between an exchange and its taking back (microseconds) readers see our content; and
// where the kernel does not tell of writers, a process that holds the old file open and writes in
// place writes into the displaced one, unseen.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "drivers/files/content.h"
#include "drivers/files/settling.h"
#include "model/change.h"

namespace sideband {

struct SwapOptions {
  std::int64_t max_size = 1 << 20;
  mode_t new_mode = 0644;  // of files that are created and have no declared mode
  ObservedAttributes observed = {};
  Settling settling = {};
  bool exchange = true;  // the file system supports RENAME_EXCHANGE; else a window remains
  // For tests: called at "staged", "asked" (for writers), "exchanged", "taken_back" and
  // "moved_away", between two system calls.
  std::function<void(std::string_view point)> at;
};

// Carries out one sound change on `place`. Durable when it returns kChanged: file and folder are
// fsynced. kUnknown names the temporary file that holds content which could not be put back.
ChangeOutcome swap_file(const Place& place, const Change& change, const SwapOptions& options,
                        Random& random, WallTime now);

}  // namespace sideband
