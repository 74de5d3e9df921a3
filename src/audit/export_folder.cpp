#include "audit/export_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace sideband {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr std::size_t kPiece = 64UL * 1024;

Error folder_failed(const std::string& what, const std::string& path) {
  const std::string message = what + " " + path + ": " + std::strerror(errno);
  return errno == EACCES || errno == EPERM ? Error::permission(message) : Error::storage(message);
}

bool same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Goes up from an open folder: what it is called does not matter, and links cannot lie.
Result<bool> is_within(int folder, const std::string& outer) {
  struct stat wanted {};
  if (::stat(outer.c_str(), &wanted) != 0) return false;
  Fd at(::openat(folder, ".", kFolder));
  while (true) {
    struct stat here {};
    struct stat above {};
    if (!at.valid() || ::fstat(at.get(), &here) != 0) return folder_failed("looking above", outer);
    if (same(here, wanted)) return true;
    Fd up(::openat(at.get(), "..", kFolder));
    if (!up.valid() || ::fstat(up.get(), &above) != 0) return folder_failed("looking above", outer);
    if (same(here, above)) return false;
    at = std::move(up);
  }
}

}  // namespace

Result<ExportFolder> ExportFolder::open(const std::string& path, const std::string& keep_out) {
  std::string plain = path;
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  const std::filesystem::path whole(plain);
  const std::string name = whole.filename().string();
  if (!whole.is_absolute() || name.empty() || name == "." || name == "..") {
    return Error::invalid("\"" + path + "\" must be the absolute path of a folder");
  }
  const Fd above(::open(whole.parent_path().c_str(), kFolder));
  if (!above.valid()) return folder_failed("opening", whole.parent_path().string());
  const Error inside =
      Error::invalid(path + " is in the daemon's state folder; export to another place");
  SB_ASSIGN(const bool above_inside,
            keep_out.empty() ? Result<bool>(false) : is_within(above.get(), keep_out));
  if (above_inside) return inside;
  // It may be the state folder itself, which is looked at when it is open.
  if (::mkdirat(above.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
    return folder_failed("making", path);
  }
  ExportFolder made(plain);
  made.folder_ = Fd(::openat(above.get(), name.c_str(), kFolder | O_NOFOLLOW));
  if (!made.folder_.valid() && (errno == ELOOP || errno == ENOTDIR)) {
    return Error::invalid(path + " is a link or a file; name a folder");
  }
  if (!made.folder_.valid()) return folder_failed("opening", path);
  SB_ASSIGN(const bool is_inside,
            keep_out.empty() ? Result<bool>(false) : is_within(made.folder_.get(), keep_out));
  if (is_inside) return inside;
  return made;
}

// What is within a folder was made behind it.
ExportFolder::~ExportFolder() {
  for (auto made = made_.rbegin(); made != made_.rend(); ++made) {
    ::unlinkat(folder_.get(), made->name.c_str(), made->is_folder ? AT_REMOVEDIR : 0);
  }
}

// The folder that `name` lies in.
Result<Fd> ExportFolder::room_of(const std::string& name) {
  Fd at(::openat(folder_.get(), ".", kFolder));
  for (std::size_t begin = 0, end = 0; at.valid(); begin = end + 1) {
    end = name.find('/', begin);
    if (end == std::string::npos) return at;
    const std::string part = name.substr(begin, end - begin);
    if (::mkdirat(at.get(), part.c_str(), 0700) == 0) made_.push_back({name.substr(0, end), true});
    at = Fd(::openat(at.get(), part.c_str(), kFolder | O_NOFOLLOW));
  }
  return folder_failed("making the folder of", path_ + "/" + name);
}

Result<ExportFolder::File> ExportFolder::create(const std::string& name) {
  const std::string path = path_ + "/" + name;
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  SB_ASSIGN(const Fd room, room_of(name));
  const std::string last = name.substr(name.rfind('/') + 1);
  Fd file(::openat(room.get(), last.c_str(), flags, 0600));
  if (!file.valid() && errno == EEXIST) {
    return Error::conflict("there is " + path + " already; an export never replaces a file: name " +
                           "a new folder");
  }
  if (!file.valid()) return folder_failed("making", path);
  made_.push_back({name, false});
  return File(std::move(file), path);
}

Result<void> ExportFolder::File::put(std::string_view bytes) {
  waiting_ += bytes;
  return waiting_.size() < kPiece ? Result<void>() : finish();
}

Result<void> ExportFolder::File::finish() {
  std::string_view rest = waiting_;
  while (!rest.empty()) {
    const ssize_t count = ::write(fd_.get(), rest.data(), rest.size());
    if (count < 0 && errno != EINTR) return folder_failed("writing", path_);
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
  waiting_.clear();
  return {};
}

}  // namespace sideband
