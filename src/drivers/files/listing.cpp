#include "drivers/files/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "drivers/files/place.h"

namespace sideband {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

bool is_folder(int folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat seen {};
  return fstatat(folder, entry.d_name, &seen, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(seen.st_mode);
}

bool is_skipped(std::string_view name) {
  return name == "." || name == ".." || is_temp_name(name);
}

}  // namespace

Result<std::vector<FolderEntry>> list_folder(int folder, const std::string& path) {
  const std::string doing = "listing folder '" + path + "'";
  // A descriptor of its own: readdir moves a position that other users of `folder` would share.
  Fd copy(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!copy.valid()) return errno_error(errno, doing);
  const std::unique_ptr<DIR, CloseDir> dir(fdopendir(copy.get()));
  if (dir == nullptr) return errno_error(errno, doing);
  copy.release();
  std::vector<FolderEntry> entries;
  errno = 0;
  while (const dirent* entry = readdir(dir.get())) {
    if (!is_skipped(entry->d_name)) entries.push_back({entry->d_name, is_folder(folder, *entry)});
    errno = 0;
  }
  if (errno != 0) return errno_error(errno, doing);
  return entries;
}

}  // namespace sideband
