#include "drivers/spelling.h"

#include <filesystem>

namespace sideband {

std::string host_in_one_spelling(const std::string& host) {
  std::string out;
  for (const char c : host) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (out.ends_with('.')) out.pop_back();
  return out == "localhost" ? "127.0.0.1" : out;
}

std::string path_in_one_spelling(const std::string& path) {
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(path, failed);
  if (failed) return path;
  std::string out = absolute.lexically_normal().string();
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

std::string as_pattern(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
  return out;
}

}  // namespace sideband
