#include "drivers/files/attributes.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "drivers/files/place.h"

namespace sideband {
namespace {

constexpr mode_t kModeBits = 07777;
// Those that chown takes away again, and chmod gives.
constexpr mode_t kSetIdBits = S_ISUID | S_ISGID;
// An attribute that grows while it is read is read again, this often.
constexpr int kMaxReads = 10;

// Computed from the content by the kernel: those of the old content would be wrong for a new one.
bool is_of_content(std::string_view name) {
  return name == "security.ima" || name == "security.evm";
}

// What a system call answers that is first asked for a size; nothing with errno on an error.
template <typename Call>
std::optional<std::string> sized(Call call) {
  std::string out;
  for (int i = 0; i < kMaxReads; ++i) {
    const ssize_t size = call(nullptr, std::size_t{0});
    if (size < 0) return std::nullopt;
    out.resize(static_cast<std::size_t>(size));
    const ssize_t got = size == 0 ? 0 : call(out.data(), out.size());
    if (got < 0 && errno == ERANGE) continue;
    if (got < 0) return std::nullopt;
    out.resize(static_cast<std::size_t>(got));
    return out;
  }
  return std::nullopt;
}

std::string needed_for(const std::string& name) {
  if (name == "security.capability") return "the capability CAP_SETFCAP";
  if (name == "system.posix_acl_access") return "the file's owner or the capability CAP_FOWNER";
  if (name.starts_with("user.")) return "the right to write the file";
  return "the capability CAP_SYS_ADMIN, or what this machine's security module asks for";
}

Error attribute_error(int number, const std::string& name) {
  return errno_error(number,
                     "keeping the attribute '" + name + "' (needs " + needed_for(name) + ")");
}

Result<void> read_extended(int fd, std::map<std::string, std::string>& out) {
  const auto names = sized([fd](char* at, std::size_t n) { return flistxattr(fd, at, n); });
  if (!names && errno == ENOTSUP) return {};
  if (!names) return errno_error(errno, "listing the file's attributes");
  for (std::size_t at = 0; at < names->size();) {
    const std::string name(names->c_str() + at);
    at += name.size() + 1;
    if (is_of_content(name)) continue;
    auto value =
        sized([&](char* into, std::size_t n) { return fgetxattr(fd, name.c_str(), into, n); });
    if (!value && errno == ENODATA) continue;  // removed since it was listed
    if (!value) return errno_error(errno, "reading the attribute '" + name + "'");
    out.emplace(name, std::move(*value));
  }
  return {};
}

Result<void> set_extended(int fd, const FileAttributes& has, const FileAttributes& wanted) {
  for (const auto& [name, value] : has.extended) {
    if (wanted.extended.count(name) > 0 || fremovexattr(fd, name.c_str()) == 0) continue;
    return errno_error(errno, "removing the attribute '" + name + "', which the file has not");
  }
  for (const auto& [name, value] : wanted.extended) {
    const auto held = has.extended.find(name);
    if (held != has.extended.end() && held->second == value) continue;
    if (fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0) continue;
    return attribute_error(errno, name);
  }
  return {};
}

Result<void> set_mode(int fd, mode_t mode) {
  if (fchmod(fd, mode) == 0) return {};
  return errno_error(errno, "giving the file its mode (needs its owner or CAP_FOWNER)");
}

Result<void> set_owner(int fd, uid_t uid, gid_t gid) {
  if (fchown(fd, uid, gid) == 0) return {};
  return errno_error(errno, "giving the file its owner (needs CAP_CHOWN or the same user)");
}

// The name of what `has` has otherwise; empty where nothing is.
std::string differing(const FileAttributes& has, const FileAttributes& wanted) {
  if (has.uid != wanted.uid || has.gid != wanted.gid) return "owner";
  if (has.mode != wanted.mode) return "mode";
  for (const auto& [name, value] : wanted.extended) {
    const auto held = has.extended.find(name);
    if (held == has.extended.end() || held->second != value) return name;
  }
  for (const auto& [name, value] : has.extended) {
    if (wanted.extended.count(name) == 0) return name;
  }
  return "";
}

// What chown took away: set-user-id bits and file capabilities.
Result<void> set_again(int fd, const FileAttributes& wanted) {
  SB_ASSIGN(const FileAttributes has, read_attributes(fd));
  SB_TRY(set_extended(fd, has, wanted));
  return has.mode == wanted.mode ? Result<void>() : set_mode(fd, wanted.mode);
}

// An entry of an ACL for what a mode says too, after linux/posix_acl.h.
bool stands_for(unsigned tag, mode_t bits, bool has_mask, mode_t& rights) {
  constexpr unsigned kUser = 0x01, kGroup = 0x04, kMask = 0x10, kOthers = 0x20;
  if (tag != kUser && tag != kOthers && tag != (has_mask ? kMask : kGroup)) return false;
  rights = (tag == kUser ? bits >> 6 : tag == kOthers ? bits : bits >> 3) & 07U;
  return true;
}

}  // namespace

// Four bytes of version, then eight for each entry: tag, rights (16 bits each, little-endian), id.
FileAttributes with_mode(FileAttributes attributes, mode_t mode) {
  attributes.mode = mode;
  const auto acl = attributes.extended.find("system.posix_acl_access");
  if (acl == attributes.extended.end()) return attributes;
  std::string& text = acl->second;
  const auto tag_at = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  bool has_mask = false;
  for (std::size_t at = 4; at + 8 <= text.size(); at += 8) has_mask |= tag_at(at) == 0x10;
  for (std::size_t at = 4; at + 8 <= text.size(); at += 8) {
    mode_t rights = 0;
    if (stands_for(tag_at(at), mode, has_mask, rights)) text[at + 2] = static_cast<char>(rights);
  }
  return attributes;
}

Result<FileAttributes> read_attributes(int fd) {
  struct stat seen {};
  if (fstat(fd, &seen) != 0) return errno_error(errno, "reading the file's status");
  FileAttributes out{seen.st_mode & kModeBits, seen.st_uid, seen.st_gid};
  SB_TRY(read_extended(fd, out.extended));
  return out;
}

// The group first and the owner last: until then this process may set all the rest, and nobody in
// its own group gets to read what is only for the other one.
Result<void> give_attributes(int fd, const FileAttributes& wanted) {
  SB_ASSIGN(const FileAttributes has, read_attributes(fd));
  if (has.gid != wanted.gid) SB_TRY(set_owner(fd, static_cast<uid_t>(-1), wanted.gid));
  SB_TRY(set_extended(fd, has, wanted));
  SB_TRY(set_mode(fd, wanted.mode & ~kSetIdBits));
  if (has.uid != wanted.uid) SB_TRY(set_owner(fd, wanted.uid, static_cast<gid_t>(-1)));
  SB_TRY(set_again(fd, wanted));
  SB_ASSIGN(const FileAttributes now, read_attributes(fd));
  const std::string lost = differing(now, wanted);
  if (lost.empty()) return {};
  return Error::permission("the file system did not keep the file's " + lost +
                           "; a set-group-id bit needs that group or CAP_FSETID");
}

}  // namespace sideband
