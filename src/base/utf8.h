// Well-formed UTF-8, by RFC 3629 section 4.
#pragma once

#include <string>
#include <string_view>

namespace sideband {

// Length of the well-formed sequence at the front of `text`, 1 to 4; 0 when there is none.
std::size_t utf8_length(std::string_view text);

// Whether all of `text` is well-formed.
bool is_utf8(std::string_view text);

// Whether `a` stands before `b` in the order of UTF-16 code units, by which RFC 8785 sorts keys.
bool less_utf16(std::string_view a, std::string_view b);

// `text`, or the beginning of it up to `most` bytes and the end of a character, with its length:
// "begin... (70000 bytes)".
std::string clip_text(std::string_view text, std::size_t most);

}  // namespace sideband
