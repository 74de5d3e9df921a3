#include "drivers/without_values.h"

namespace sideband {

TargetWords without_values(std::string_view said) {
  constexpr std::string_view kQuotes = "\"'`";
  const std::size_t first = said.find_first_of(kQuotes);
  const std::size_t last = said.find_last_of(kQuotes);
  if (first == std::string_view::npos) return {std::string(said), ""};
  const std::size_t end = first == last ? said.size() : last + 1;
  TargetWords words{std::string(said.substr(0, first)),
                    std::string(said.substr(first, end - first))};
  words.kept.append("...").append(said.substr(end));
  return words;
}

}  // namespace sideband
