#include "checkup/postgres_config.h"

#include <cctype>

#include "checkup/words.h"

namespace sideband::scan {
namespace {

// 'it''s' or 'it\'s' is it's; a bare word ends at a blank or a comment.
std::string value_of(std::string_view text) {
  std::string value;
  if (!text.starts_with('\'')) {
    return std::string(text.substr(0, text.find_first_of(" \t#")));
  }
  for (std::size_t at = 1; at < text.size(); ++at) {
    const bool doubled = text[at] == '\'' && at + 1 < text.size() && text[at + 1] == '\'';
    const bool escaped = text[at] == '\\' && at + 1 < text.size();
    if (doubled || escaped) {
      value += text[++at];
    } else if (text[at] == '\'') {
      break;
    } else {
      value += text[at];
    }
  }
  return value;
}

}  // namespace

std::map<std::string, std::string> parse_postgres_config(std::string_view text) {
  std::map<std::string, std::string> settings;
  for (const std::string_view raw : lines_of(text)) {
    const std::string_view line = trimmed(raw);
    if (line.empty() || line.starts_with('#')) continue;
    std::string name;
    std::size_t at = 0;
    for (; at < line.size() && line[at] != '=' && line[at] != ' ' && line[at] != '\t'; ++at) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(line[at])));
    }
    std::string_view rest = trimmed(line.substr(at));
    if (rest.starts_with('=')) rest = trimmed(rest.substr(1));
    if (!rest.empty()) settings[name] = value_of(rest);
  }
  return settings;
}

}  // namespace sideband::scan
