// The temporary files beside the real ones: made, probed with, and cleaned up after a crash.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "drivers/files/attributes.h"
#include "drivers/files/place.h"
#include "model/change.h"

namespace sideband {

// A fresh name for this change; it tells what the file may hold, see remove_leftovers.
std::string temp_name(const Change& change, Random& random, WallTime now);

// Writes `bytes` into the new file `name`, gives it these attributes, and fsyncs it. The open file
// on success. On an error the file may be there, incomplete.
Result<Fd> write_temp(int folder, const std::string& name, std::string_view bytes,
                      const FileAttributes& attributes);
// The same for a file that replaces none: it gets `mode`, this process as its owner, what the
// folder hands down, and over that what `declared`, a State::attributes, says.
Result<Fd> write_new_temp(int folder, const std::string& name, std::string_view bytes, mode_t mode,
                          const std::string& declared = {});

// Whether the file system of `folder` knows RENAME_EXCHANGE. Writes two empty files for a moment;
// where it may not, the answer is yes, and an exchange that turns out impossible fails unharmed.
bool supports_exchange(int folder, Random& random, WallTime now);

// Removes temporary files in `folder` that an interrupted process left more than an hour ago. Only
// one whose content has the digest of the wanted or of the judged content in its name is removed:
// the first was never visible, the second is the pre-image that the store keeps. Anything else may
// be another writer's content: it stays, and a warning in the log names it. Says how many it
// removed.
int remove_leftovers(int folder, std::int64_t max_size, WallTime now);

}  // namespace sideband
