#include "settings/copies.h"

#include <fmt/format.h>

#include <algorithm>

namespace sideband::policy {
namespace {

constexpr std::string_view kPath = "{path}";

Error bad_copy(std::string_view text, std::string_view why) {
  return Error::invalid(fmt::format(
      "\"{}\" {}; write a folder below the root of the actual side and behind it {{path}}, like "
      "node-*/conf/{{path}}",
      text, why));
}

// Empty where it can be the name of a folder.
std::string_view wrong_with(std::string_view name) {
  if (name.empty()) return "has an empty name in it";
  if (name == "." || name == "..") return "must not use '.' or '..'";
  if (name.find("**") != std::string_view::npos) return "must not use '**', which spans folders";
  if (name.find_first_of("{}") != std::string_view::npos) {
    return "may have no other placeholder than {path}";
  }
  return name.find('\0') != std::string_view::npos ? "has a NUL in it" : "";
}

}  // namespace

Result<std::string> read_copy(std::string_view text) {
  if (!text.ends_with(kPath)) return bad_copy(text, "does not end with {path}");
  std::string_view folder = text.substr(0, text.size() - kPath.size());
  if (!folder.ends_with('/')) return bad_copy(text, "needs a folder and a / in front of {path}");
  folder.remove_suffix(1);
  for (std::string_view rest = folder;;) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view why = wrong_with(rest.substr(0, end));
    if (!why.empty()) return bad_copy(text, why);
    if (end == rest.size()) return std::string(folder);
    rest.remove_prefix(end + 1);
  }
}

std::vector<std::string> copies_of(const std::vector<std::string>& folders,
                                   const std::string& pattern) {
  std::vector<std::string> copies;
  copies.reserve(folders.size());
  for (const std::string& folder : folders) copies.push_back(folder + "/" + pattern);
  return copies;
}

}  // namespace sideband::policy
