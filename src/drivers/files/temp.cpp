#include "drivers/files/temp.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "base/log.h"
#include "base/uuid.h"
#include "drivers/files/content.h"
#include "drivers/files/observed.h"

namespace sideband {
namespace {

constexpr auto kLeftoverAge = std::chrono::hours(1);
constexpr std::size_t kShortDigest = 16;

std::string short_digest(const State& state) {
  State content = state;
  content.attributes.clear();
  return to_hex(state_digest(content)).substr(0, kShortDigest);
}

std::string named(const std::string& middle) {
  return std::string(kTempPrefix) + middle + '~';
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno_error(errno, "writing the temporary file");
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Result<Fd> make_temp(int folder, const std::string& name, std::string_view bytes) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd fd(openat(folder, name.c_str(), kFlags, 0600));
  if (!fd.valid()) return errno_error(errno, "making a temporary file in the folder");
  SB_TRY(write_all(fd.get(), bytes));
  return fd;
}

Result<void> give_declared(int fd, const std::string& declared) {
  SB_ASSIGN(const FileAttributes has, read_attributes(fd));
  SB_ASSIGN(const FileAttributes wanted, with_observed(has, declared));
  return give_attributes(fd, wanted);
}

Result<Fd> on_disk(Fd fd) {
  if (fsync(fd.get()) != 0) return errno_error(errno, "writing the temporary file to disk");
  return fd;
}

std::vector<std::string> temp_names(int folder) {
  std::vector<std::string> names;
  Fd copy(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* dir = fdopendir(copy.get());
  if (dir == nullptr) return names;
  copy.release();
  while (const dirent* entry = readdir(dir)) {
    if (is_temp_name(entry->d_name)) names.emplace_back(entry->d_name);
  }
  closedir(dir);
  return names;
}

bool is_old(int folder, const std::string& name, WallTime now) {
  struct stat seen {};
  if (fstatat(folder, name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return now - WallTime(std::chrono::seconds(seen.st_ctim.tv_sec)) > kLeftoverAge;
}

}  // namespace

std::string temp_name(const Change& change, Random& random, WallTime now) {
  return named(Uuid::make(now, random).text() + '-' + short_digest(change.want) + '-' +
               short_digest(change.found));
}

Result<Fd> write_temp(int folder, const std::string& name, std::string_view bytes,
                      const FileAttributes& attributes) {
  SB_ASSIGN(Fd fd, make_temp(folder, name, bytes));
  SB_TRY(give_attributes(fd.get(), attributes));
  return on_disk(std::move(fd));
}

Result<Fd> write_new_temp(int folder, const std::string& name, std::string_view bytes, mode_t mode,
                          const std::string& declared) {
  SB_ASSIGN(Fd fd, make_temp(folder, name, bytes));
  if (fchmod(fd.get(), mode) != 0) return errno_error(errno, "setting the file's mode");
  if (!declared.empty()) SB_TRY(give_declared(fd.get(), declared));
  return on_disk(std::move(fd));
}

bool supports_exchange(int folder, Random& random, WallTime now) {
  const std::string one = named(Uuid::make(now, random).text());
  const std::string two = named(Uuid::make(now, random).text());
  const bool made =
      write_new_temp(folder, one, "", 0600).ok() && write_new_temp(folder, two, "", 0600).ok();
  const bool refused =
      made && renameat2(folder, one.c_str(), folder, two.c_str(), RENAME_EXCHANGE) != 0;
  unlinkat(folder, one.c_str(), 0);
  unlinkat(folder, two.c_str(), 0);
  return !refused;
}

int remove_leftovers(int folder, std::int64_t max_size, WallTime now) {
  int removed = 0;
  for (const std::string& name : temp_names(folder)) {
    if (!is_old(folder, name, now)) continue;
    const State held = view_file(folder, name, max_size).state;
    if (held.present() && name.find('-' + short_digest(held)) != std::string::npos) {
      removed += unlinkat(folder, name.c_str(), 0) == 0 ? 1 : 0;
    } else {
      log(LogLevel::kWarn, "leftover file holds content of another writer", {{"file", name}});
    }
  }
  return removed;
}

}  // namespace sideband
