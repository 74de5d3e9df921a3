// Literals of strings and bytes (cel-spec doc/langdef.md, "String and Bytes Values").
#pragma once

#include <string>
#include <string_view>

namespace sideband::cel {

// What one literal says: `body` is what stands between the quotes.
struct Unescaped {
  std::string text;
  std::string problem;         // empty: none
  std::size_t problem_at = 0;  // in `body`
};
// Of a string, whose numbers are code points, or of bytes, whose numbers are bytes. CR LF and CR
// become LF.
Unescaped unescape(std::string_view body, bool bytes);
// The same for a raw literal: new lines only.
std::string unix_lines(std::string_view body);

}  // namespace sideband::cel
