#include "drivers/files/root.h"

#include <sys/stat.h>

#include "drivers/files/place.h"

namespace sideband {
namespace {

// Of the last name of the path alone: those above may be links, and often are.
bool is_link(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 && S_ISLNK(found.st_mode);
}

Result<dev_t> device_of(int folder, const std::string& path) {
  struct stat found {};
  if (::fstat(folder, &found) != 0) return errno_error(errno, "root folder '" + path + "'");
  return found.st_dev;
}

Error other_folder(const std::string& path, const std::string& what) {
  return Error::unavailable("root folder '" + path + "' " + what +
                            "; when that is meant, reload the configuration");
}

}  // namespace

Result<Root> Root::note(const std::string& path) {
  SB_ASSIGN(const Fd folder, open_root(path));
  SB_ASSIGN(const dev_t device, device_of(folder.get(), path));
  return Root(path, is_link(path), device);
}

Result<void> Root::check(int folder) const {
  if (link_) return {};  // where it leads is for whoever set it
  if (is_link(path_)) return other_folder(path_, "is a link now");
  SB_ASSIGN(const dev_t device, device_of(folder, path_));
  if (device == device_) return {};
  return other_folder(path_, "is on another file system now: was a volume mounted or unmounted?");
}

Result<Fd> Root::open() const {
  SB_ASSIGN(Fd folder, open_root(path_));
  SB_TRY(check(folder.get()));
  return folder;
}

bool Root::replaced() const {
  const auto folder = open_root(path_);
  return folder.ok() && !check(folder->get()).ok();
}

}  // namespace sideband
