#include "checkup/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sideband::scan {
namespace {

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_./:=@%+,-").find(c) != std::string_view::npos;
}

bool is_unsafe(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte >= 0x7f;
}

}  // namespace

std::string counted(std::int64_t count, const std::string& word) {
  const char* const many = word.ends_with('s') || word.ends_with('x') ? "es" : "s";
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : many);
}

std::string shell_quote(std::string_view word) {
  if (std::any_of(word.begin(), word.end(), is_unsafe)) return "";
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string shell_command(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) {
    const std::string quoted = shell_quote(word);
    if (quoted.empty()) return "";
    command += (command.empty() ? "" : " ") + quoted;
  }
  return command;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string absolute_path(const std::string& path, const std::string& folder) {
  if (path.starts_with('/')) return path;
  return folder.ends_with('/') ? folder + path : folder + "/" + path;
}

std::string member_text(const Document& map, const std::string& key) {
  const auto found = map.members.find(key);
  return found == map.members.end() ? std::string() : found->second.text;
}

}  // namespace sideband::scan
