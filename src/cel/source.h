// Where in a source something stands, and the message that says it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sideband::cel {

// Both from 1; columns are code points.
struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
};
Place place_of(std::string_view source, std::size_t offset);

// kInvalid, "line:column: message".
Error error_at(std::string_view source, std::size_t offset, std::string_view message);

// A message and its place. What error_at wrote is taken apart by `located`, a line of it; any other
// text is a message at the beginning.
struct Located {
  Place place;
  std::string message;
};
Located located(std::string_view line);

}  // namespace sideband::cel
