#include "cli/read_input.h"

#include <algorithm>
#include <array>
#include <istream>

namespace sideband::cli {

Result<std::string> read_input(std::istream& in, std::size_t most) {
  std::string text;
  std::array<char, 4096> piece{};
  while (in.read(piece.data(), piece.size()), in.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() <= most) continue;
    return Error::invalid("standard input has more than " + std::to_string(most) + " bytes");
  }
  return text;
}

}  // namespace sideband::cli
