#include "model/key_parts.h"

namespace sideband {
namespace {

constexpr char kBetween = ',';
constexpr std::string_view kComma = "%2C";
constexpr std::string_view kPercent = "%25";

// Undoes the escapes of one part.
std::optional<std::string> plain_part(std::string_view text) {
  std::string part;
  while (!text.empty()) {
    const bool comma = text.starts_with(kComma);
    if (text.front() != '%') {
      part += text.front();
      text.remove_prefix(1);
    } else if (comma || text.starts_with(kPercent)) {
      part += comma ? ',' : '%';
      text.remove_prefix(kComma.size());
    } else {
      return std::nullopt;
    }
  }
  return part;
}

}  // namespace

void add_key_part(std::string& key, std::string_view part, bool first) {
  if (!first) key += kBetween;
  for (const char c : part) {
    if (c == ',') {
      key += kComma;
    } else if (c == '%') {
      key += kPercent;
    } else {
      key += c;
    }
  }
}

std::string join_key(const std::vector<std::string>& parts) {
  if (parts.size() == 1) return parts.front();
  std::string key;
  for (std::size_t i = 0; i < parts.size(); ++i) add_key_part(key, parts[i], i == 0);
  return key;
}

std::optional<std::vector<std::string>> split_key(std::string_view key, std::size_t count) {
  std::vector<std::string> parts;
  if (count == 1) {
    parts.emplace_back(key);
    return parts;
  }
  for (;;) {
    const std::size_t end = key.find(kBetween);
    auto part = plain_part(key.substr(0, end));
    if (!part || parts.size() == count) return std::nullopt;
    parts.push_back(std::move(*part));
    if (end == std::string_view::npos) break;
    key.remove_prefix(end + 1);
  }
  if (parts.size() != count) return std::nullopt;
  return parts;
}

}  // namespace sideband
