#include "drivers/file_access.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <system_error>

namespace sideband {

std::string own_identity() {
  const uid_t uid = geteuid();
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> text{};
  const bool named = getpwuid_r(uid, &entry, text.data(), text.size(), &found) == 0 && found;
  return "uid " + std::to_string(uid) + (named ? " (" + std::string(entry.pw_name) + ")" : "");
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "'\\'";
    out += c;
  }
  return out + "'";
}

std::string give_access(const std::string& path, const std::string& rights) {
  return "setfacl -R -m u:" + std::to_string(geteuid()) + ":" + rights + " " + shell_word(path);
}

Result<void> add_access(GrantReport& report, const std::string& verb, const std::string& path,
                        int mode, bool needed) {
  const bool there = faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
  const int number = errno;
  if (!there && number != EACCES && number != EPERM && number != EROFS) {
    return Error::unavailable(path + ": " +
                              std::error_code(number, std::generic_category()).message());
  }
  const bool writes = (mode & W_OK) != 0;
  if (!there && number == EROFS) {
    report.add_told(verb + " " + path, needed, there,
                    "it is mounted read only; under systemd ReadWritePaths= makes it writable", "");
    return {};
  }
  report.add(verb + " " + path, needed, there, give_access(path, writes ? "rwX" : "rX"),
             give_access(path, "rX"));
  return {};
}

}  // namespace sideband
