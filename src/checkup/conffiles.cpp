// Configuration files of Debian packages that differ from what their package brought, and what
// upgrades left beside them. Changing them is what they are for, so these are only reported.
#include <openssl/evp.h>

#include <set>

#include "base/bytes.h"
#include "checkup/dpkg_status.h"
#include "checkup/look.h"
#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxStatus = std::size_t{128} << 20;
constexpr std::size_t kMaxConffile = std::size_t{16} << 20;
constexpr int kEtcDepth = 8;

// Empty when this OpenSSL refuses MD5.
std::string md5_of(const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_md5(), nullptr) != 1) return "";
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest), size));
}

class ConffileProbe {
 public:
  explicit ConffileProbe(Look& look) : look_(look) {}

  void run() {
    compare_all();
    if (unreadable_ > 0) {
      look_.notes.gap(counted(unreadable_, "path"), "not readable for this user");
    }
    unreadable_ = 0;
    find_leftovers();
  }

 private:
  void compare_all() {
    const auto status = look_.tree.read("/var/lib/dpkg/status", kMaxStatus);
    if (!status.ok()) {
      if (status.error().code == ErrorCode::kNotFound) return;  // no dpkg on this machine
      return look_.notes.gap("/var/lib/dpkg/status", status.error().message);
    }
    const auto diverted = look_.tree.read("/var/lib/dpkg/diversions", kMaxStatus);
    const auto diversions = parse_diversions(diverted.ok() ? *diverted : "");
    for (const Conffile& file : parse_dpkg_status(*status)) {
      if (look_.deadline.passed()) return look_.notes.gap("more conffiles", "no time was left");
      const auto moved = diversions.find(file.path);
      const bool away = moved != diversions.end() && moved->second.package != file.package;
      compare(file, away ? moved->second.to : file.path);
    }
  }

  void compare(const Conffile& file, const std::string& path) {
    const auto bytes = look_.tree.read(path, kMaxConffile);
    if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) {
      look_.notes.looked();
      return look_.notes.found({"", path, "of package " + file.package + " is gone", {}});
    }
    if (!bytes.ok()) return trouble(path, bytes.error());
    const std::string md5 = md5_of(*bytes);
    if (md5.empty()) return look_.notes.gap(path, "this OpenSSL computes no MD5");
    look_.notes.looked();
    if (md5 == file.md5) return;
    const auto info = look_.tree.info(path);
    Finding finding{"", path, "differs from the one of package " + file.package, {}};
    if (info.ok()) finding.since = info->modified;
    look_.notes.found(std::move(finding));
  }

  void find_leftovers() {
    look_.tree.walk(
        "/etc", kEtcDepth,
        [this](const std::string& path, FileKind kind) {
          const bool file = kind == FileKind::kRegular;
          if (file && (path.ends_with(".dpkg-dist") || path.ends_with(".ucf-dist"))) {
            leftover(path, "the package's newer version was never merged");
          }
          if (file && path.ends_with(".dpkg-new")) {
            leftover(path, "left by an upgrade that did not end");
          }
          return !look_.deadline.passed();
        },
        [this](const std::string& path, const Error& error) { trouble(path, error); });
    if (look_.deadline.passed()) look_.notes.gap("more of /etc", "no time was left");
    if (unreadable_ > 0)
      look_.notes.gap(counted(unreadable_, "folder") + " of /etc", "not readable for this user");
  }

  void leftover(const std::string& path, const std::string& what) {
    const auto info = look_.tree.info(path);
    Finding finding{"", path, what, {}};
    if (info.ok()) finding.since = info->changed;
    look_.notes.looked();
    look_.notes.found(std::move(finding));
  }

  void trouble(const std::string& path, const Error& error) {
    if (error.code == ErrorCode::kPermission) {
      ++unreadable_;
    } else {
      look_.notes.gap(path, error.message);
    }
  }

  Look& look_;
  std::int64_t unreadable_ = 0;
};

}  // namespace

void look_at_conffiles(Look& look) {
  ConffileProbe(look).run();
}

}  // namespace sideband::scan
