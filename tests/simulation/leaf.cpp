#include "simulation/leaf.h"

#include <cstdlib>

namespace sideband::sim {

std::size_t Leaf::find(std::string_view field) const {
  const std::string mark = "\"" + std::string(field) + "\":";
  const std::size_t at = record_.find(mark);
  return at == npos ? npos : at + mark.size();
}

std::string Leaf::text(std::string_view field) const {
  const std::size_t at = find(field);
  if (at == npos || record_[at] != '"') return {};
  return std::string(record_.substr(at + 1, record_.find('"', at + 1) - at - 1));
}

std::int64_t Leaf::number(std::string_view field) const {
  const std::size_t at = find(field);
  return at == npos ? 0 : std::atoll(std::string(record_.substr(at, 20)).c_str());
}

}  // namespace sideband::sim
