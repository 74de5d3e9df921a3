#include "drivers/files/glob.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr std::string_view kDeep = "**";

// Greedy with one step back: linear for each star, no recursion over hostile patterns.
bool match_name(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// Which positions in `parts` can be reached after the names of a path, as a bit for each position.
std::vector<bool> walk(const std::vector<std::string>& parts, std::string_view path) {
  std::vector<bool> reached(parts.size() + 1);
  const auto open_deep = [&] {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (reached[i] && parts[i] == kDeep) reached[i + 1] = true;
    }
  };
  reached[0] = true;
  open_deep();
  for (const std::string_view name : split_path(path)) {
    for (std::size_t i = parts.size(); i > 0; --i) {
      const bool stays = i < parts.size() && reached[i] && parts[i] == kDeep && name.front() != '.';
      reached[i] =
          stays || (reached[i - 1] && parts[i - 1] != kDeep && match_name(parts[i - 1], name));
    }
    reached[0] = reached[0] && parts[0] == kDeep && name.front() != '.';
    open_deep();
  }
  return reached;
}

}  // namespace

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> names;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) names.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return names;
}

Result<Glob> Glob::parse(std::string_view pattern) {
  const std::string quoted = "pattern '" + std::string(pattern) + "'";
  if (pattern.empty() || pattern.front() == '/' || pattern.back() == '/') {
    return Error::invalid(quoted + " must be a relative path to files");
  }
  Glob glob;
  for (const std::string_view part : split_path(pattern)) {
    if (part == "." || part == "..") return Error::invalid(quoted + " must not use '.' or '..'");
    if (part != kDeep && part.find(kDeep) != std::string_view::npos) {
      return Error::invalid(quoted + " may use '**' only as a whole name");
    }
    glob.parts_.emplace_back(part);
  }
  if (glob.parts_.back() == kDeep) glob.parts_.emplace_back("*");
  return glob;
}

bool Glob::matches(std::string_view path) const {
  return walk(parts_, path).back();
}

bool Glob::may_match_below(std::string_view folder) const {
  const std::vector<bool> reached = walk(parts_, folder);
  return std::any_of(reached.begin(), reached.end() - 1, [](bool bit) { return bit; });
}

bool Glob::names_file() const {
  return parts_.back().find_first_of("*?") == std::string::npos;
}

Result<GlobSet> GlobSet::parse(const std::vector<std::string>& patterns) {
  GlobSet set;
  for (const std::string& pattern : patterns) {
    SB_ASSIGN(Glob glob, Glob::parse(pattern));
    set.globs_.push_back(std::move(glob));
  }
  if (set.globs_.empty()) return Error::invalid("at least one file pattern is needed");
  return set;
}

bool GlobSet::matches(std::string_view path) const {
  return std::any_of(globs_.begin(), globs_.end(), [&](const Glob& g) { return g.matches(path); });
}

bool GlobSet::may_match_below(std::string_view folder) const {
  return std::any_of(globs_.begin(), globs_.end(),
                     [&](const Glob& g) { return g.may_match_below(folder); });
}

bool GlobSet::file_expected(std::string_view path) const {
  return std::any_of(globs_.begin(), globs_.end(),
                     [&](const Glob& g) { return g.names_file() && g.matches(path); });
}

}  // namespace sideband
