#include "audit/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace sideband {
namespace {

// A file descriptor that is closed with its owner.
class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

Error failed(const std::string& doing, const std::string& path) {
  return Error::storage(doing + " " + path + ": " + std::strerror(errno));
}

Result<void> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(fd, content.data(), content.size());
    if (count < 0 && errno != EINTR) return failed("writing", path);
    if (count > 0) content.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> sync_folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const File file(folder, O_RDONLY | O_DIRECTORY);
  if (file.fd() < 0 || ::fsync(file.fd()) != 0) return failed("syncing", folder);
  return {};
}

}  // namespace

Result<void> write_durably(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  {
    const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (file.fd() < 0) return failed("opening", temporary);
    SB_TRY(write_all(file.fd(), content, temporary));
    if (::fsync(file.fd()) != 0) return failed("syncing", temporary);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return failed("renaming", temporary);
  return sync_folder_of(path);
}

Result<std::string> read_file(const std::string& path) {
  const File file(path, O_RDONLY);
  if (file.fd() < 0) {
    if (errno == ENOENT) return Error::not_found("there is no file " + path);
    return failed("opening", path);
  }
  std::string content;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = ::read(file.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) return failed("reading", path);
    if (count == 0) return content;
    if (count > 0) content.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace sideband
