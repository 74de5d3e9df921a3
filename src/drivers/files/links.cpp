#include "drivers/files/links.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/open_under.h"

namespace sideband {
namespace {

Fd open_beneath(int root, const std::string& path, std::uint64_t flags) {
  return open_under(root, path, flags, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

std::string why_not(int number) {
  switch (number) {
    case EXDEV:
      return "is a link that leads out of the root";
    case ENOENT:
      return "is a link that leads nowhere";
    case ELOOP:
      return "is a link that leads in a circle";
    case ENOSYS:
      return "is a link, and this kernel cannot follow it safely (openat2)";
    default:
      return errno_error(number, "following a link").message;
  }
}

}  // namespace

bool is_link(int folder, const std::string& name) {
  struct stat found {};
  return fstatat(folder, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(found.st_mode);
}

Result<Fd> open_linked_folder(int root, const std::string& path) {
  Fd folder = open_beneath(root, path, O_RDONLY | O_DIRECTORY);
  if (folder.valid()) return folder;
  return Error::conflict("'" + path + "' " + why_not(errno));
}

FileView view_linked(int root, const std::string& key, std::int64_t max_size,
                     const ObservedAttributes& observed) {
  // Without opening what it is: a device or a pipe can have effects of its own.
  const Fd found = open_beneath(root, key, O_PATH);
  if (!found.valid()) return {State::unknown(why_not(errno))};
  // The very thing that was found, whatever stands at the path by now.
  return view_found(found.get(), max_size, observed);
}

}  // namespace sideband
