#include "drivers/files/place.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "drivers/files/glob.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxKey = 4000;
constexpr std::size_t kMaxName = 255;

Result<void> check_name(std::string_view name) {
  if (name.empty()) return Error::invalid("the path has an empty name");
  if (name == "." || name == "..") return Error::invalid("the path must not use '.' or '..'");
  if (name.size() > kMaxName) return Error::invalid("the path has a name above 255 bytes");
  if (is_temp_name(name)) return Error::invalid("the path uses the name of a temporary file");
  return {};
}

Result<Fd> enter(int folder, const std::string& name, MissingFolders missing) {
  auto opened = open_folder(folder, name);
  if (opened || opened.error().code != ErrorCode::kNotFound || missing == MissingFolders::kFail) {
    return opened;
  }
  if (mkdirat(folder, name.c_str(), 0755) != 0 && errno != EEXIST) {
    return errno_error(errno, "making folder '" + name + "'");
  }
  return open_folder(folder, name);
}

}  // namespace

bool is_temp_name(std::string_view name) {
  return name.starts_with(kTempPrefix) && name.ends_with('~');
}

Error errno_error(int number, std::string_view what) {
  const std::string message =
      std::string(what) + ": " + std::error_code(number, std::generic_category()).message();
  switch (number) {
    case EACCES:
    case EPERM:
      return Error::permission(message);
    case EROFS:
    case ENOSPC:
    case EDQUOT:
      return Error::not_ready(message);
    case ENOENT:
      return Error::not_found(message);
    case ELOOP:
    case ENOTDIR:
      return Error::conflict(message);
    case ENAMETOOLONG:
      return Error::invalid(message);
    default:
      return Error::unavailable(message);
  }
}

Result<void> check_path_key(std::string_view key) {
  if (key.empty() || key.size() > kMaxKey) return Error::invalid("the path is empty or too long");
  if (key.find('\0') != std::string_view::npos) return Error::invalid("the path holds a NUL byte");
  for (std::size_t start = 0; start <= key.size();) {
    const std::size_t end = std::min(key.find('/', start), key.size());
    SB_TRY(check_name(key.substr(start, end - start)));
    start = end + 1;
  }
  return {};
}

Result<Fd> open_root(const std::string& root) {
  Fd fd(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) return fd;
  Error error = errno_error(errno, "root folder '" + root + "'");
  if (error.code == ErrorCode::kNotFound) return Error::unavailable(error.message);
  if (error.code == ErrorCode::kConflict) error.retry = Retry::kPerson;
  if (error.code == ErrorCode::kPermission) error.message += "; " + grant_for(root);
  return error;
}

std::string grant_for(const std::string& root) {
  return "run: setfacl -R -m u:" + std::to_string(geteuid()) + ":rwX '" + root +
         "' (under systemd also ReadWritePaths=" + root + ")";
}

Result<Fd> open_folder(int folder, const std::string& name) {
  Fd fd(openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.valid()) return fd;
  const int number = errno;
  if (number == ELOOP || number == ENOTDIR) {
    return Error::conflict("'" + name + "' is a link or no folder; links are not followed");
  }
  return errno_error(number, "folder '" + name + "'");
}

Result<Place> open_place(int root, std::string_view key, MissingFolders missing) {
  SB_TRY(check_path_key(key));
  const auto names = split_path(key);
  Fd folder(fcntl(root, F_DUPFD_CLOEXEC, 0));
  if (!folder.valid()) return errno_error(errno, "root folder");
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    SB_ASSIGN(folder, enter(folder.get(), std::string(names[i]), missing));
  }
  return Place{std::move(folder), std::string(names.back())};
}

}  // namespace sideband
