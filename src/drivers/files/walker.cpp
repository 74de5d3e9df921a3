#include "drivers/files/walker.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "drivers/files/place.h"

namespace sideband {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

// A listing reads through its own descriptor: readdir moves a position that openat users share.
Result<std::unique_ptr<DIR, CloseDir>> open_listing(int folder, const std::string& path) {
  Fd copy(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!copy.valid()) return errno_error(errno, "listing folder '" + path + "'");
  std::unique_ptr<DIR, CloseDir> dir(fdopendir(copy.get()));
  if (dir == nullptr) return errno_error(errno, "listing folder '" + path + "'");
  copy.release();
  return dir;
}

bool is_folder(int folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat seen {};
  return fstatat(folder, entry.d_name, &seen, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(seen.st_mode);
}

bool is_skipped(std::string_view name) {
  return name == "." || name == ".." || is_temp_name(name);
}

}  // namespace

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
  SB_ASSIGN(const auto dir, open_listing(level.folder.get(), level.prefix));
  errno = 0;
  while (const dirent* entry = readdir(dir.get())) {
    if (is_skipped(entry->d_name)) continue;
    std::string name = entry->d_name;
    if (is_folder(level.folder.get(), *entry) && !globs_.file_expected(level.prefix + name)) {
      name += '/';
    }
    const std::string path = level.prefix + name;
    if (is_wanted(path) && !is_behind(path)) level.entries.push_back(std::move(name));
    errno = 0;
  }
  if (errno != 0) return errno_error(errno, "listing folder '" + level.prefix + "'");
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
  const bool replaced = folder.error().code == ErrorCode::kNotFound ||
                        folder.error().code == ErrorCode::kConflict;
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
