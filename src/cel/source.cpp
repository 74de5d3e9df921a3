#include "cel/source.h"

#include <fmt/format.h>

#include <charconv>

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

Located located(std::string_view line) {
  Located out;
  std::string_view rest = line;
  for (std::size_t* const part : {&out.place.line, &out.place.column}) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), *part);
    const auto digits = static_cast<std::size_t>(end - rest.data());
    if (error != std::errc() || digits == rest.size() || rest[digits] != ':') {
      return {{}, std::string(line)};
    }
    rest.remove_prefix(digits + 1);
  }
  out.message = rest.substr(rest.starts_with(' ') ? 1 : 0);
  return out;
}

}  // namespace sideband::cel
