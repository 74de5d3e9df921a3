#include "drivers/files/folders.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "drivers/files/glob.h"
#include "drivers/files/links.h"
#include "drivers/files/listing.h"
#include "drivers/files/place.h"

namespace sideband {
namespace {

bool has_wildcard(std::string_view name) {
  return name.find_first_of("*?") != std::string_view::npos;
}

std::string join(const std::string& above, std::string_view name) {
  return above.empty() ? std::string(name) : above + "/" + std::string(name);
}

bool is_no_folder(const Error& error) {
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kConflict;
}

// Of the file system on which the folder at `path` below the root is.
Result<dev_t> device_below(int root, const std::string& path) {
  const std::string what = "folder '" + path + "'";
  const auto place = open_place(root, path, MissingFolders::kFail);
  if (!place.ok()) return place.error().in(what);
  const auto folder = open_folder(place->folder.get(), place->name);
  if (!folder.ok()) return folder.error();
  struct stat found {};
  if (fstat(folder->get(), &found) != 0) return errno_error(errno, what);
  return found.st_dev;
}

// Names in the folder `above` that match the last name of `glob`, which has wildcards. Links are
// among them, so that one is refused aloud rather than left out.
Result<std::vector<std::string>> matching_below(int root, const std::string& above,
                                                const Glob& glob) {
  std::vector<std::string> found;
  const auto folder = open_place(root, join(above, "any"), MissingFolders::kFail);
  if (!folder.ok() && is_no_folder(folder.error())) return found;
  if (!folder.ok()) return folder.error();
  const int at = folder->folder.get();
  SB_ASSIGN(const auto entries, list_folder(at, above));
  for (const FolderEntry& entry : entries) {
    const std::string path = join(above, entry.name);
    if (!glob.matches(path)) continue;
    if (entry.folder || is_link(at, entry.name)) found.push_back(path);
  }
  return found;
}

// Every path that the pattern can mean: one for each folder that its wildcards match.
Result<std::vector<std::string>> expand(int root, const std::string& pattern,
                                        const Deadline& deadline) {
  std::vector<std::string> paths = {""};
  std::string so_far;
  for (const std::string_view name : split_path(pattern)) {
    so_far = join(so_far, name);
    SB_ASSIGN(const Glob glob, Glob::parse(so_far));
    std::vector<std::string> longer;
    for (const std::string& above : paths) {
      if (deadline.passed()) return Error::timeout("looking for folders", Effect::kNone);
      if (!has_wildcard(name)) {
        longer.push_back(join(above, name));
        continue;
      }
      SB_ASSIGN(const auto below, matching_below(root, above, glob));
      longer.insert(longer.end(), below.begin(), below.end());
    }
    paths = std::move(longer);
  }
  return paths;
}

}  // namespace

Result<void> Folders::look_at(int root, const std::string& path) {
  const auto device = device_below(root, path);
  if (!device.ok()) return device.error();
  const MutexLock lock(mutex_);
  const dev_t first = devices_.emplace(path, *device).first->second;
  if (first == *device) return {};
  return Error::unavailable("folder '" + path +
                            "' is on another file system now: was a volume mounted or unmounted? "
                            "When that is meant, reload the configuration");
}

bool Folders::replaced(int root) const {
  const auto known = [this] {
    const MutexLock lock(mutex_);
    return devices_;
  }();
  return std::any_of(known.begin(), known.end(), [root](const auto& one) {
    const auto device = device_below(root, one.first);
    return device.ok() && *device != one.second;
  });
}

Result<std::vector<Folder>> Folders::find(int root, const std::vector<std::string>& patterns,
                                          const Deadline& deadline) {
  std::vector<Folder> found;
  for (const std::string& pattern : patterns) {
    SB_ASSIGN(const auto paths, expand(root, pattern, deadline));
    for (const std::string& path : paths) {
      const auto seen = look_at(root, path);
      // Wildcards stand for what is there.
      const bool gone = !seen.ok() && seen.error().code == ErrorCode::kNotFound;
      if (gone && has_wildcard(pattern)) continue;
      found.push_back({path, seen.ok() ? "" : seen.error().message});
    }
  }
  return found;
}

}  // namespace sideband
