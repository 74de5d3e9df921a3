// Standard input as a whole, with an end.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "base/result.h"

namespace sideband::cli {

// All of `in`. kInvalid when it has more than `most` bytes. Blocks until its end.
Result<std::string> read_input(std::istream& in, std::size_t most);

}  // namespace sideband::cli
