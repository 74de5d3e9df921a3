// Well-formed UTF-8, by RFC 3629 section 4.
#pragma once

#include <string_view>

namespace sideband {

// Length of the well-formed sequence at the front of `text`, 1 to 4; 0 when there is none.
std::size_t utf8_length(std::string_view text);

}  // namespace sideband
