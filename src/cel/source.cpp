#include "cel/source.h"

#include <fmt/format.h>

#include "cel/text.h"

namespace sideband::cel {

Place place_of(std::string_view source, std::size_t offset) {
  const std::string_view before = source.substr(0, offset);
  Place place;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != '\n') continue;
    ++place.line;
    line_start = i + 1;
  }
  place.column = count_code_points(before.substr(line_start)) + 1;
  return place;
}

Error error_at(std::string_view source, std::size_t offset, std::string_view message) {
  const Place place = place_of(source, offset);
  return Error::invalid(fmt::format("{}:{}: {}", place.line, place.column, message));
}

}  // namespace sideband::cel
