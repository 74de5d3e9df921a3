#include "drivers/files/walker.h"

#include <algorithm>

#include "drivers/files/listing.h"
#include "drivers/files/place.h"

namespace sideband {
Walker::Walker(Fd root, const GlobSet& globs, std::string after)
    : globs_(globs), after_(std::move(after)) {
  levels_.push_back({std::move(root), "", {}, 0, false});
}

bool Walker::is_wanted(const std::string& path) const {
  if (path.back() != '/') return globs_.matches(path);
  return globs_.may_match_below(std::string_view(path).substr(0, path.size() - 1));
}

// All keys below a folder share its path as a prefix, so they are behind together, unless the
// resume point itself lies below it.
bool Walker::is_behind(const std::string& path) const {
  if (path.back() == '/' && after_.starts_with(path)) return false;
  return path <= after_;
}

Result<void> Walker::list(Level& level) const {
  SB_ASSIGN(auto entries, list_folder(level.folder.get(), level.prefix));
  for (FolderEntry& entry : entries) {
    std::string name = std::move(entry.name);
    if (entry.folder && !globs_.file_expected(level.prefix + name)) name += '/';
    const std::string path = level.prefix + name;
    if (is_wanted(path) && !is_behind(path)) level.entries.push_back(std::move(name));
  }
  std::sort(level.entries.begin(), level.entries.end());
  level.listed = true;
  return {};
}

// False when the folder is gone.
Result<bool> Walker::enter(const std::string& path, const std::string& name) {
  auto folder = open_folder(levels_.back().folder.get(), name);
  if (folder) {
    levels_.push_back({std::move(*folder), path, {}, 0, false});
    return true;
  }
  const bool replaced =
      folder.error().code == ErrorCode::kNotFound || folder.error().code == ErrorCode::kConflict;
  if (replaced) return false;
  return folder.error().in("'" + path + "'");
}

Result<std::optional<Candidate>> Walker::next() {
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (!level.listed) SB_TRY(list(level));
    if (level.at == level.entries.size()) {
      levels_.pop_back();
      continue;
    }
    std::string name = std::move(level.entries[level.at++]);
    const std::string path = level.prefix + name;
    if (name.back() != '/') return std::optional(Candidate{path, level.folder.get(), name});
    name.pop_back();
    SB_ASSIGN(const bool entered, enter(path, name));
    (void)entered;
  }
  return std::optional<Candidate>();
}

}  // namespace sideband
