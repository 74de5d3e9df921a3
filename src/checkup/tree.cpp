#include "checkup/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "base/open_under.h"

namespace sideband::scan {
namespace {

Error failure(const std::string& path, int number) {
  const std::string text = path + ": " + std::error_code(number, std::generic_category()).message();
  if (number == ENOENT || number == ENOTDIR) return Error::not_found(text);
  if (number == EACCES || number == EPERM) return Error::permission(text);
  return Error::invalid(text);
}

FileKind kind_of(mode_t mode) {
  return S_ISREG(mode)   ? FileKind::kRegular
         : S_ISDIR(mode) ? FileKind::kFolder
         : S_ISLNK(mode) ? FileKind::kLink
                         : FileKind::kOther;
}

WallTime time_of(const timespec& time) {
  return from_us(std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000);
}

Result<FileInfo> info_of(int fd, const std::string& path) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) return failure(path, errno);
  FileInfo info;
  info.kind = kind_of(found.st_mode);
  info.device = found.st_dev;
  info.inode = found.st_ino;
  info.owner = found.st_uid;
  info.modified = time_of(found.st_mtim);
  info.changed = time_of(found.st_ctim);
  return info;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

FileKind kind_of_entry(int folder, const dirent& entry) {
  if (entry.d_type == DT_REG) return FileKind::kRegular;
  if (entry.d_type == DT_DIR) return FileKind::kFolder;
  if (entry.d_type == DT_LNK) return FileKind::kLink;
  if (entry.d_type != DT_UNKNOWN) return FileKind::kOther;
  struct stat found {};
  if (::fstatat(folder, entry.d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) return FileKind::kOther;
  return kind_of(found.st_mode);
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

}  // namespace

Result<Tree> Tree::open(const std::string& root) {
  Fd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return failure(root, errno);
  SB_ASSIGN(const FileInfo given, info_of(fd.get(), root));
  const Fd own(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  SB_ASSIGN(const FileInfo machine, info_of(own.get(), "/"));
  const bool same = given.device == machine.device && given.inode == machine.inode;
  return Tree(std::move(fd), same);
}

Result<Fd> Tree::open_path(const std::string& path, int flags) const {
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) {
    return Error::invalid("'" + path + "' is no absolute path");
  }
  // O_PATH: a device or a FIFO is not opened, only looked at.
  Fd fd = open_under(root_.get(), path, static_cast<std::uint64_t>(O_PATH | flags),
                     RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  // Without openat2 (Linux before 5.6) links of another tree could lead out of it.
  if (!fd.valid() && errno == ENOSYS && machine_) {
    fd = Fd(::open(path.c_str(), O_PATH | O_CLOEXEC | flags));
  }
  if (!fd.valid()) return failure(path, errno);
  return fd;
}

Result<FileInfo> Tree::info(const std::string& path) const {
  SB_ASSIGN(const Fd fd, open_path(path, 0));
  return info_of(fd.get(), path);
}

Result<std::string> Tree::link_target(const std::string& path) const {
  SB_ASSIGN(const Fd fd, open_path(path, O_NOFOLLOW));
  char target[4096];
  const ssize_t size = ::readlinkat(fd.get(), "", target, sizeof target);
  if (size < 0) return Error::invalid(path + ": no link");
  return std::string(target, static_cast<std::size_t>(size));
}

Result<std::string> Tree::read(const std::string& path, std::size_t most) const {
  SB_ASSIGN(const Fd place, open_path(path, 0));
  SB_ASSIGN(const FileInfo info, info_of(place.get(), path));
  if (info.kind != FileKind::kRegular) return Error::invalid(path + ": not a regular file");
  const std::string self = "/proc/self/fd/" + std::to_string(place.get());
  const Fd fd(::open(self.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid()) return failure(path, errno);
  std::string bytes;
  char part[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd.get(), part, sizeof part);
    if (got == 0) return bytes;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(path, errno);
    bytes.append(part, static_cast<std::size_t>(got));
    if (bytes.size() > most) {
      return Error::invalid(path + ": larger than " + std::to_string(most) + " bytes");
    }
  }
}

Result<std::vector<FolderEntry>> Tree::list(const std::string& path, std::size_t most) const {
  SB_ASSIGN(const Fd place, open_path(path, O_DIRECTORY));
  const int fd = ::openat(place.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failure(path, errno);
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd));
  if (!folder) return ::close(fd), failure(path, errno);
  std::vector<FolderEntry> entries;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entries.size() == most) return Error::invalid(path + ": too many entries");
    entries.push_back({name, kind_of_entry(fd, *entry)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

std::vector<std::string> Tree::glob(const std::string& pattern) const {
  std::vector<std::string> found = {"/"};
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t from = pattern.find_first_not_of('/', at);
    if (from == std::string::npos) break;
    at = std::min(pattern.find('/', from), pattern.size());
    const std::string part = pattern.substr(from, at - from);
    std::vector<std::string> next;
    for (const std::string& folder : found) {
      if (part.find_first_of("*?[") == std::string::npos) {
        if (info(joined(folder, part)).ok()) next.push_back(joined(folder, part));
        continue;
      }
      const auto entries = list(folder);
      if (!entries.ok()) continue;
      for (const FolderEntry& entry : *entries) {
        if (::fnmatch(part.c_str(), entry.name.c_str(), FNM_PERIOD) == 0) {
          next.push_back(joined(folder, entry.name));
        }
      }
    }
    found = std::move(next);
  }
  return found;
}

void Tree::walk(const std::string& folder, int depth, const Each& each,
                const Failed& failed) const {
  std::vector<std::pair<std::string, int>> open = {{folder, depth}};
  while (!open.empty()) {
    const auto [path, left] = open.back();
    open.pop_back();
    const auto entries = list(path);
    if (!entries.ok()) {
      if (entries.error().code != ErrorCode::kNotFound) failed(path, entries.error());
      continue;
    }
    for (const FolderEntry& entry : *entries) {
      const std::string inside = joined(path, entry.name);
      if (!each(inside, entry.kind)) return;
      if (entry.kind == FileKind::kFolder && left > 1) open.emplace_back(inside, left - 1);
    }
  }
}

}  // namespace sideband::scan
