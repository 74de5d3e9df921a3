#include "gateway/identities.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/bytes.h"

namespace sideband {
namespace {

constexpr Duration kReload = std::chrono::seconds(1);

bool is_name(const std::string& name) {
  if (name.empty() || name.size() > 63) return false;
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (!good) return false;
  }
  return name != "sideband";  // the loop's own identity
}

}  // namespace

Identities::Identities(std::string folder, const Clock& clock)
    : folder_(std::move(folder)), clock_(clock) {}

std::optional<std::string> Identities::identify(const std::string& authorization) {
  constexpr std::string_view kPrefix = "Bearer ";
  if (authorization.rfind(kPrefix, 0) != 0) return std::nullopt;
  const Digest digest = sha256(std::string_view(authorization).substr(kPrefix.size()));
  const MutexLock lock(mutex_);
  auto found = names_.find(digest);
  const bool may_load = !loaded_ || clock_.mono() - *loaded_ >= kReload;
  if (found == names_.end() && may_load) {
    load();
    found = names_.find(digest);
  }
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

void Identities::load() {
  loaded_ = clock_.mono();
  names_.clear();
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
    std::ifstream file(entry.path());
    std::string token;
    std::getline(file, token);
    const std::string name = entry.path().filename().string();
    if (is_name(name) && token.size() >= 32) names_[sha256(token)] = name;
  }
}

Result<std::string> Identities::create(const std::string& folder, const std::string& name,
                                       Random& random) {
  if (!is_name(name)) {
    return Error::invalid("\"" + name +
                          "\" is no identity: use a-z, 0-9 and -, at most 63 characters");
  }
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  const std::string path = folder + "/" + name;
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    return Error::conflict("cannot make the token " + path +
                           ": is there one already? Delete the file to revoke it");
  }
  const std::string token = "sb_" + to_hex(random.bytes(32));
  const ssize_t written = write(file, token.data(), token.size());
  close(file);
  if (written != static_cast<ssize_t>(token.size())) {
    return Error::storage("cannot write the token " + path);
  }
  return path;
}

}  // namespace sideband
