#include "drivers/files/walker.h"

#include <sys/stat.h>

#include <algorithm>

#include "drivers/files/listing.h"
#include "drivers/files/place.h"

namespace sideband {
namespace {

// Whether both descriptors are of one folder.
bool is_same_folder(int a, int b) {
  struct stat one {
  }, other{};
  return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_ino == other.st_ino &&
         one.st_dev == other.st_dev;
}

}  // namespace

Walker::Walker(Fd root, const GlobSet& globs, std::string after, Links links)
    : globs_(globs), after_(std::move(after)), links_(links) {
  levels_.push_back({std::move(root), "", {}, 0, false, false});
}

bool Walker::leads_to_folder(const Level& level, const std::string& name) const {
  if (links_ == Links::kLeave || !is_link(level.folder.get(), name)) return false;
  const auto followed =
      std::count_if(levels_.begin(), levels_.end(), [](const Level& one) { return one.by_link; });
  if (followed >= kMaxFolderLinks) return false;
  const auto folder = open_linked_folder(levels_.front().folder.get(), level.prefix + name);
  return folder.ok() && std::none_of(levels_.begin(), levels_.end(), [&](const Level& above) {
           return is_same_folder(above.folder.get(), folder->get());
         });
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
    const bool folder = entry.folder || leads_to_folder(level, name);
    if (folder && !globs_.file_expected(level.prefix + name)) name += '/';
    const std::string path = level.prefix + name;
    if (is_wanted(path) && !is_behind(path)) level.entries.push_back(std::move(name));
  }
  std::sort(level.entries.begin(), level.entries.end());
  level.listed = true;
  return {};
}

// False when the folder is gone.
Result<bool> Walker::enter(const std::string& path, const std::string& name) {
  const bool by_link = links_ == Links::kFollow && is_link(levels_.back().folder.get(), name);
  auto folder =
      by_link ? open_linked_folder(levels_.front().folder.get(), path.substr(0, path.size() - 1))
              : open_folder(levels_.back().folder.get(), name);
  if (folder) {
    levels_.push_back({std::move(*folder), path, {}, 0, false, by_link});
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
