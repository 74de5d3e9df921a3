// YAML text to trees, in a subset that holds data and nothing else.
//
// Refused with a message that says what to write instead: tags, anchors, aliases, merge keys,
// directives, duplicate keys, keys that are not text, tabs as indentation, byte order marks,
// UTF-16, NUL and other control characters, invalid UTF-8. Limits keep hostile texts cheap.
#pragma once

#include <cstddef>
#include <vector>

#include "config/messages.h"

namespace sideband::config {

inline constexpr std::size_t kMaxFileBytes = 4 << 20;
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxNodes = 200'000;

// The documents of source `file`, empty ones left out. What is wrong goes to `messages`; the trees
// are then as complete as could be, with broken parts marked. Never throws but for lack of memory.
std::vector<Node> parse_yaml(std::uint32_t file, Messages& messages);

}  // namespace sideband::config
