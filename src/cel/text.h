// Code points of UTF-8. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sideband::cel {

// The first code point, and its length in bytes. Of bytes that are no UTF-8: U+FFFD, length 1.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;
};
CodePoint first_code_point(std::string_view text);

// Appends it; false where there is no such code point: a surrogate, or above U+10FFFF.
bool put_code_point(std::string& out, std::uint32_t value);

std::size_t count_code_points(std::string_view text);
// Byte offset of code point number `index`; the size of the text for what is behind its end.
std::size_t byte_offset(std::string_view text, std::size_t index);

// U+FFFD for each run of bytes that are no UTF-8.
std::string replace_bad_utf8(std::string_view text);

// Characters with the property White_Space of Unicode.
bool is_white_space(std::uint32_t code_point);

// In double quotes, with the escapes of the language for quotes, backslash, \a \b \f \n \r \t \v,
// and U+FFFD for what is no UTF-8.
std::string quoted(std::string_view text);

}  // namespace sideband::cel
