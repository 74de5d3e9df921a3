// A file's content as a State, read so that a torn or replaced file is noticed.
#pragma once

#include <string>

#include "base/fd.h"
#include "drivers/files/observed.h"
#include "drivers/files/place.h"
#include "model/state.h"

namespace sideband {

struct FileView {
  State state;
  Fd file = {};  // the very file whose content that is, open for reading; of a present state only
};

// `name` in `folder` for reading, where it is a regular file that may be read; else none.
Fd open_file(int folder, const std::string& name);

// What `name` in `folder` is now: absent, present, or unknown for links, folders, devices, files
// above `max_size` bytes, files that may not be read, and files that changed while they were read.
// A present state has the attributes that are `observed`.
// Never an error: what cannot be told is unknown with the reason. Blocks on the disk.
FileView view_file(int folder, const std::string& name, std::int64_t max_size,
                   const ObservedAttributes& observed = {});

// The same of the very file that a descriptor of O_PATH is of.
FileView view_found(int found, std::int64_t max_size, const ObservedAttributes& observed);

}  // namespace sideband
