// Opening a path below a folder, which no link leads out of.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace sideband {

// openat2(2), since Linux 5.6: `flags` as open has them, O_CLOEXEC always; `resolve` of
// <linux/openat2.h>. Not valid with errno where it fails. A rename of any folder of the machine in
// the middle of a look makes the kernel give up (EAGAIN); then it is asked again, a few times.
Fd open_under(int root, const std::string& path, std::uint64_t flags, std::uint64_t resolve);

}  // namespace sideband
