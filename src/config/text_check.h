// What a text must be before a parser sees it.
#pragma once

#include "config/messages.h"

namespace sideband::config {

// False after reporting the first of: a file above kMaxFileBytes, UTF-16 or UTF-32, a byte order
// mark, NUL or another control character, invalid UTF-8.
bool check_text(std::uint32_t file, Messages& messages);

}  // namespace sideband::config
