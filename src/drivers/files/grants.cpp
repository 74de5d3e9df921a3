#include "drivers/files/grants.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "drivers/file_access.h"
#include "drivers/files/content.h"
#include "drivers/files/place.h"
#include "drivers/files/walker.h"

namespace sideband {
namespace {

constexpr int kMaxFiles = 10'000;
constexpr std::size_t kMaxNamed = 3;

// One of the first 32.
bool has_capability(unsigned capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  return (data[0].effective & (1U << capability)) != 0;
}

bool is_privileged(const Candidate& file) {
  const Fd fd = open_file(file.folder, file.name);
  return fd.valid() && fgetxattr(fd.get(), "security.capability", nullptr, 0) >= 0;
}

bool in_group(gid_t group) {
  if (group == getegid()) return true;
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, getgroups(0, nullptr))));
  const int count = getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(0, count)));
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

// Paths that lack one right: the first few, and how many there are.
struct Lacking {
  std::vector<std::string> named;
  std::size_t count = 0;

  void add(const std::string& path) {
    if (++count <= kMaxNamed) named.push_back(path);
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const std::string& path : named) text += (text.empty() ? "" : ", ") + path;
    return count > named.size() ? text + " and " + std::to_string(count - named.size()) + " more"
                                : text;
  }
};

class Looking {
 public:
  Looking(const std::string& root, const GrantNeeds& needs) : root_(root), needs_(needs) {}

  Result<GrantReport> run(const GlobSet& globs);

 private:
  void look(const Candidate& file);
  void look_at_folder(const Candidate& file);

  const std::string& root_;
  const GrantNeeds& needs_;
  const bool may_give_away_ = has_capability(CAP_CHOWN);
  const bool may_give_capabilities_ = has_capability(CAP_SETFCAP);
  std::set<std::string> folders_;
  bool writable_ = false;  // some folder
  Lacking unreadable_, closed_, foreign_, privileged_;
};

void Looking::look_at_folder(const Candidate& file) {
  const std::size_t slash = file.key.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.key.substr(0, slash);
  if (!folders_.insert(folder).second) return;
  const bool open = faccessat(file.folder, ".", W_OK | X_OK, AT_EACCESS) == 0;
  writable_ = writable_ || open;
  if (!open) closed_.add(folder);
}

void Looking::look(const Candidate& file) {
  look_at_folder(file);
  struct stat seen {};
  const bool regular = fstatat(file.folder, file.name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0 &&
                       S_ISREG(seen.st_mode);
  if (!regular) return;
  if (faccessat(file.folder, file.name.c_str(), R_OK, AT_EACCESS) != 0) unreadable_.add(file.key);
  const bool ours = seen.st_uid == geteuid() && in_group(seen.st_gid);
  if (!ours && !may_give_away_) foreign_.add(file.key);
  if (!may_give_capabilities_ && is_privileged(file)) privileged_.add(file.key);
}

Result<GrantReport> Looking::run(const GlobSet& globs) {
  GrantReport report;
  report.identity = own_identity();
  SB_TRY(add_access(report, "read", root_, R_OK | X_OK, true));
  if (report.grants.front().state == GrantState::kMissing) return report;
  SB_ASSIGN(Fd root, open_root(root_));
  Walker walker(std::move(root), globs, "");
  for (int i = 0; i < kMaxFiles; ++i) {
    auto file = walker.next();
    if (!file) {
      if (file.error().code != ErrorCode::kPermission) return file.error();
      report.add("list all folders below " + root_, true, false, give_access(root_, "rX"), "");
      break;
    }
    if (!*file) break;
    look(**file);
  }
  const auto lack = [&](const std::string& what, bool needed, const Lacking& lacking,
                        const std::string& give) {
    const bool all = lacking.count == 0;
    report.add(what + (all ? "" : ": " + lacking.text()), needed, all, give, "");
  };
  lack("read the files of " + root_, true, unreadable_, give_access(root_, "rX"));
  if (needs_.writes()) {
    if (folders_.empty())
      SB_TRY(add_access(report, "write in", root_, W_OK | X_OK, true));
    else
      lack("write in the folders of " + root_, true, closed_, give_access(root_, "rwX"));
    report.add_told(
        "keep the owner of the files" + (foreign_.count == 0 ? "" : ": " + foreign_.text()), true,
        foreign_.count == 0, "run the daemon as their owner, or with the capability CAP_CHOWN", "");
    if (privileged_.count > 0) {
      report.add_told("keep the capabilities of the files: " + privileged_.text(), true, false,
                      "run the daemon with the capability CAP_SETFCAP", "");
    }
  } else if (writable_) {
    report.add_excess("write in folders of " + root_, Remedy::command(give_access(root_, "rX")));
  }
  if (geteuid() == 0) {
    report.add_excess("root", Remedy::told("run the daemon, and this check, as its own user"));
  }
  return report;
}

}  // namespace

Result<GrantReport> files_grants(const std::string& root, const GlobSet& globs,
                                 const GrantNeeds& needs, const ObservedAttributes& observed) {
  SB_ASSIGN(GrantReport report, Looking(root, needs).run(globs));
  const bool declared = observed.owner() || observed.group();
  if (!needs.writes() || !declared) return report;
  const bool ours = observed.owner().value_or(geteuid()) == geteuid() &&
                    in_group(observed.group().value_or(getegid()));
  report.add_told("give files their declared owner and group", true,
                  ours || has_capability(CAP_CHOWN),
                  "run the daemon as that user, or with the capability CAP_CHOWN", "");
  return report;
}

}  // namespace sideband
