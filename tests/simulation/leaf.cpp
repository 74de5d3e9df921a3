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

bool Leaf::released(std::string_view gate) const {
  // Members are sorted: the evidence of a gate stands right before its name.
  const std::size_t name = record_.find("},\"gate\":\"" + std::string(gate) + "\"");
  if (name == npos) return false;
  const std::size_t evidence = record_.rfind("\"evidence\":{", name);
  if (evidence == npos) return false;
  return record_.substr(evidence, name - evidence).find("\"releasedBy\"") != npos;
}

}  // namespace sideband::sim
