#include "gateway/identities.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/private_file.h"

namespace sideband {
namespace {

constexpr Duration kReload = std::chrono::seconds(1);
constexpr std::string_view kMark = "sb_";
constexpr std::size_t kSecretBytes = 32;

bool is_token(std::string_view text) {
  if (!text.starts_with(kMark)) return false;
  text.remove_prefix(kMark.size());
  return text.size() == 2 * kSecretBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// The token in a file; a line end behind it is that of an editor.
Result<std::string> read_token(int folder, const std::string& name, uid_t owner) {
  const PrivateFileRules rules{.most = 256, .follow_links = false, .owner = owner};
  SB_ASSIGN(std::string text, read_private_file(folder, name, rules));
  if (text.ends_with('\n')) text.pop_back();
  if (!is_token(text)) {
    return Error::permission(name + " is no token; \"sideband token add\" makes them");
  }
  return text;
}

using OpenFolder = std::unique_ptr<DIR, int (*)(DIR*)>;

// The names in a folder that may be identities.
Result<std::vector<std::string>> names_in(DIR* folder) {
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(folder);
    if (entry == nullptr && errno != 0) return Error::unavailable(std::strerror(errno));
    if (entry == nullptr) return names;
    if (is_identity_name(entry->d_name)) names.emplace_back(entry->d_name);
  }
}

Error not_ours(const std::string& path) {
  return Error::permission("cannot make " + path +
                           ": permission denied; run this as the user of the daemon (sudo -u "
                           "sideband sideband token add NAME), or name another --state");
}

// To strangers: the place stays in the log.
Error unreadable() {
  return Error::unavailable(
      "who is calling cannot be told: the folder of tokens cannot be used; the daemon's log says "
      "why");
}

}  // namespace

bool is_identity_name(const std::string& name) {
  if (name.empty() || name.size() > 63) return false;
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (!good) return false;
  }
  return name != "sideband";  // the loop's own
}

Identities::Identities(std::string folder, const Clock& clock)
    : folder_(std::move(folder)), clock_(clock) {}

Result<std::optional<Principal>> Identities::identify(const std::string& authorization) {
  constexpr std::string_view kPrefix = "Bearer ";
  if (authorization.rfind(kPrefix, 0) != 0) return std::optional<Principal>();
  const MutexLock lock(mutex_);
  auto found = look_up(sha256(std::string_view(authorization).substr(kPrefix.size())));
  if (found.ok()) return found;
  complain("", found.error().message);
  return unreadable();
}

Result<std::optional<Principal>> Identities::look_up(const Digest& token) {
  SB_ASSIGN(const Stamp now, stamp_of(Of::kFolder, folder_));
  auto found = table_.find(token);
  bool stale = !loaded_ || now != read_at_;
  if (!stale && found == table_.end()) stale = clock_.mono() - *loaded_ >= kReload;
  if (!stale && found != table_.end()) {
    SB_ASSIGN(const Stamp file, stamp_of(Of::kFile, folder_ + "/" + found->second.name));
    stale = file != found->second.stamp;
  }
  if (stale) {
    SB_TRY(load(now));
    found = table_.find(token);
  }
  if (found == table_.end()) return std::optional<Principal>();
  SB_ASSIGN(Principal caller,
            Principal::make(found->second.name, Principal::Kind::kPerson, "local token"));
  return std::optional(std::move(caller));
}

Result<Identities::Stamp> Identities::stamp_of(Of what, const std::string& path) {
  struct stat seen {};
  const auto look = what == Of::kFolder ? &::stat : &::lstat;
  if (look(path.c_str(), &seen) != 0) {
    if (errno == ENOENT) return Stamp();
    return Error::unavailable("looking at " + path + ": " + std::strerror(errno));
  }
  const std::int64_t changed = seen.st_ctim.tv_sec * 1'000'000'000 + seen.st_ctim.tv_nsec;
  return Stamp{seen.st_dev, seen.st_ino, changed};
}

// What fails leaves the table and its stamp, so that the next call tries again.
Result<void> Identities::load(const Stamp& folder) {
  SB_ASSIGN(table_, folder == Stamp() ? Result<Table>(Table()) : read_table());
  read_at_ = folder;
  loaded_ = clock_.mono();
  complaints_.erase("");
  return {};
}

Result<Identities::Table> Identities::read_table() {
  SB_TRY(check_private_folder(folder_));
  const OpenFolder folder(::opendir(folder_.c_str()), &::closedir);
  struct stat seen {};
  if (!folder || ::fstat(::dirfd(folder.get()), &seen) != 0) {
    return Error::unavailable("reading " + folder_ + ": " + std::strerror(errno));
  }
  SB_ASSIGN(const auto names, names_in(folder.get()));
  Table table;
  for (const std::string& name : names) {
    // Before the content: what changes in between is then read again.
    SB_ASSIGN(const Stamp stamp, stamp_of(Of::kFile, folder_ + "/" + name));
    const auto token = read_token(::dirfd(folder.get()), name, seen.st_uid);
    if (!token.ok() && token.error().code == ErrorCode::kUnavailable) return token.error();
    if (!token.ok()) {
      if (token.error().code != ErrorCode::kNotFound) complain(name, token.error().message);
      continue;
    }
    complaints_.erase(name);
    const auto [other, is_new] = table.emplace(sha256(*token), Known{name, stamp});
    if (is_new) continue;
    // Two names with one token would be two people that are one.
    complain(name, name + " has the token of another identity; neither is accepted");
    other->second.name.clear();
  }
  std::erase_if(table, [](const auto& known) { return known.second.name.empty(); });
  return table;
}

void Identities::complain(const std::string& file, const std::string& why) {
  if (complaints_[file] == why) return;
  complaints_[file] = why;
  log(LogLevel::kError, "token refused", {{"folder", folder_}, {"why", why}});
}

// The folder of tokens, made where it is missing.
static Result<void> make_folder(const std::string& folder) {
  std::error_code failed;
  const bool made = std::filesystem::create_directories(folder, failed);
  if (failed == std::errc::permission_denied) return not_ours(folder);
  if (failed) return Error::storage("cannot make " + folder + ": " + failed.message());
  if (made) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  SB_TRY(check_private_folder(std::filesystem::path(folder).parent_path()));
  return check_private_folder(folder);
}

Result<std::string> Identities::create(const std::string& folder, const std::string& name,
                                       Random& random) {
  if (!is_identity_name(name)) {
    return Error::invalid("\"" + name +
                          "\" is no identity: use a-z, 0-9 and -, at most 63 characters");
  }
  SB_TRY(make_folder(folder));
  const std::string path = folder + "/" + name;
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid() && errno == EEXIST) {
    return Error::conflict(name + " has a token already, " + path +
                           "; delete the file to revoke it, then make another");
  }
  if (!file.valid() && (errno == EACCES || errno == EPERM)) return not_ours(path);
  if (!file.valid()) return Error::storage("cannot make " + path + ": " + std::strerror(errno));
  const std::string token = std::string(kMark) + to_hex(random.bytes(kSecretBytes));
  const ssize_t written = ::write(file.get(), token.data(), token.size());
  if (written == static_cast<ssize_t>(token.size())) return path;
  ::unlink(path.c_str());
  return Error::storage("cannot write the token " + path);
}

}  // namespace sideband
